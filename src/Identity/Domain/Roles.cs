using static Souk.Platform.Security.Permissions;

namespace Souk.Identity.Domain;

/// <summary>The built-in roles: sets of permissions, for the members of a company and for the marketplace's staff.</summary>
internal static class Roles
{
    public const string Owner = "owner";
    public const string Admin = "admin";

    /// <summary>What members of a company have, for that company only.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> OfCompany = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [Owner] =
        [
            CompanyManage, MembersRead, MembersManage, ApiKeysManage, ProductsManage, StockRead, StockManage, WarehousesManage,
            PricingManage, OrdersRead, OrdersManage, PaymentsRead, RefundsManage, AuditRead,
        ],
        ["manager"] =
        [
            MembersRead, ProductsManage, StockRead, StockManage, WarehousesManage, PricingManage, OrdersRead, OrdersManage,
            PaymentsRead, RefundsManage, AuditRead,
        ],
        ["clerk"] = [StockRead, StockManage, OrdersRead, OrdersManage],
        ["accountant"] = [MembersRead, OrdersRead, PaymentsRead, RefundsManage, AuditRead],
        ["viewer"] = [StockRead, OrdersRead],
    };

    /// <summary>What the marketplace's own people have, everywhere.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> OfStaff = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [Admin] = [.. All],
        ["support"] =
        [
            AccountsRead, AccountsManage, CompaniesApprove, MembersRead, StockRead, OrdersRead, OrdersManage, PaymentsRead,
            RefundsManage, EmailsRead, EmailsManage, AuditRead,
        ],
        ["finance"] =
        [
            AccountsRead, MembersRead, OrdersRead, PaymentsRead, PaymentsManage, RefundsManage, LedgerRead, CommissionManage,
            TaxManage, AuditRead,
        ],
        ["content"] = [CatalogManage, ProductsManage, EmailsRead, EmailsManage],
    };

    // Who keeps other people's goods sells nothing.
    private static readonly string[] OfOperator =
    [
        CompanyManage, MembersRead, MembersManage, ApiKeysManage, StockRead, StockManage, WarehousesManage, OrdersRead, AuditRead,
    ];

    // A suspended company looks and answers questions; it trades no more.
    private static readonly string[] OfSuspended = [MembersRead, StockRead, OrdersRead, PaymentsRead, AuditRead];

    /// <summary>What a member may for a company of this kind in this state.</summary>
    public static string[] Permissions(string role, string companyKind, string companyStatus)
    {
        if (!OfCompany.TryGetValue(role, out var all) || companyStatus == CompanyStatus.Closed)
            return [];
        IEnumerable<string> granted = companyKind == Company.WarehouseOperator ? all.Intersect(OfOperator) : all;
        return [.. companyStatus == CompanyStatus.Suspended ? granted.Intersect(OfSuspended) : granted];
    }
}
