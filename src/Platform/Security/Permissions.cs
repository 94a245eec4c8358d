namespace Souk.Platform.Security;

/// <summary>
/// All permissions there are. Members of a company have them for that company, the marketplace's staff everywhere.
/// The built-in roles (owner, manager, clerk, …; admin, support, finance, content) are sets of them, kept by Identity.
/// </summary>
public static class Permissions
{
    /// <summary>Read accounts and profiles of others. Staff.</summary>
    public const string AccountsRead = "accounts.read";
    /// <summary>Suspend and activate accounts. Staff.</summary>
    public const string AccountsManage = "accounts.manage";
    /// <summary>Change a company's data and shops.</summary>
    public const string CompanyManage = "company.manage";
    /// <summary>Approve and suspend companies. Staff.</summary>
    public const string CompaniesApprove = "companies.approve";
    /// <summary>See members of a company.</summary>
    public const string MembersRead = "members.read";
    /// <summary>Invite and remove members of a company, give roles.</summary>
    public const string MembersManage = "members.manage";
    /// <summary>Create and revoke API keys of a company.</summary>
    public const string ApiKeysManage = "api_keys.manage";
    /// <summary>Create and change products and offers.</summary>
    public const string ProductsManage = "products.manage";
    /// <summary>Create and change categories, tags, attributes; boost rankings. Staff.</summary>
    public const string CatalogManage = "catalog.manage";
    /// <summary>See stock, movements and warehouses.</summary>
    public const string StockRead = "stock.read";
    /// <summary>Change stock.</summary>
    public const string StockManage = "stock.manage";
    /// <summary>Create and change warehouses.</summary>
    public const string WarehousesManage = "warehouses.manage";
    /// <summary>Create and change delivery methods and promotions.</summary>
    public const string PricingManage = "pricing.manage";
    /// <summary>Create and change tax rates. Staff.</summary>
    public const string TaxManage = "tax.manage";
    /// <summary>See orders (a seller: their parts only).</summary>
    public const string OrdersRead = "orders.read";
    /// <summary>Ship, deliver and cancel parts; edit orders.</summary>
    public const string OrdersManage = "orders.manage";
    /// <summary>See payments, transactions, refunds and balances (a seller: their own balance).</summary>
    public const string PaymentsRead = "payments.read";
    /// <summary>Capture, void and approve payments. Staff.</summary>
    public const string PaymentsManage = "payments.manage";
    /// <summary>Refund a buyer.</summary>
    public const string RefundsManage = "refunds.manage";
    /// <summary>Ask for payouts and say where they go (a seller: their own). Staff: approve and send them.</summary>
    public const string PayoutsManage = "payouts.manage";
    /// <summary>See the ledger and the trial balance. Staff.</summary>
    public const string LedgerRead = "ledger.read";
    /// <summary>Create and change commission rules. Staff.</summary>
    public const string CommissionManage = "commission.manage";
    /// <summary>See the send log and templates of mail. Staff.</summary>
    public const string EmailsRead = "emails.read";
    /// <summary>Send mail and change its templates. Staff.</summary>
    public const string EmailsManage = "emails.manage";
    /// <summary>See the audit trail.</summary>
    public const string AuditRead = "audit.read";

    /// <summary>Every permission, in the order of this file.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        AccountsRead, AccountsManage, CompanyManage, CompaniesApprove, MembersRead, MembersManage, ApiKeysManage,
        ProductsManage, CatalogManage, StockRead, StockManage, WarehousesManage, PricingManage, TaxManage, OrdersRead,
        OrdersManage, PaymentsRead, PaymentsManage, RefundsManage, PayoutsManage, LedgerRead, CommissionManage,
        EmailsRead, EmailsManage, AuditRead,
    ];

    /// <summary>
    /// What nobody can have for a company: it is about things that belong to none. Whatever a token or a key says, a member
    /// does not have these.
    /// </summary>
    public static readonly IReadOnlySet<string> OfStaffOnly = new HashSet<string>(StringComparer.Ordinal)
    {
        AccountsRead, AccountsManage, CompaniesApprove, CatalogManage, TaxManage, PaymentsManage, LedgerRead, CommissionManage,
        EmailsRead, EmailsManage,
    };
}
