using static Souk.Platform.Security.Permissions;

namespace Souk.Identity.Domain;

/// <summary>
/// The built-in roles: sets of permissions, for the members of a company and for the marketplace's staff. They are templates
/// that nobody changes; companies and the marketplace make their own beside them.
/// </summary>
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
            PricingManage, OrdersRead, OrdersManage, PaymentsRead, RefundsManage, PayoutsManage, AuditRead,
        ],
        ["manager"] =
        [
            MembersRead, ProductsManage, StockRead, StockManage, WarehousesManage, PricingManage, OrdersRead, OrdersManage,
            PaymentsRead, RefundsManage, AuditRead,
        ],
        ["clerk"] = [StockRead, StockManage, OrdersRead, OrdersManage],
        ["accountant"] = [MembersRead, OrdersRead, PaymentsRead, RefundsManage, PayoutsManage, AuditRead],
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
            AccountsRead, MembersRead, OrdersRead, PaymentsRead, PaymentsManage, RefundsManage, PayoutsManage,
            LedgerRead, CommissionManage, TaxManage, AuditRead,
        ],
        ["content"] = [CatalogManage, ProductsManage, EmailsRead, EmailsManage],
    };

    /// <summary>What a role of a company may hold: what owners have.</summary>
    public static readonly IReadOnlyList<string> Grantable = OfCompany[Owner];

    // Who keeps other people's goods sells nothing.
    private static readonly string[] OfOperator =
    [
        CompanyManage, MembersRead, MembersManage, ApiKeysManage, StockRead, StockManage, WarehousesManage, OrdersRead, AuditRead,
    ];

    // Who runs one shop sells there; prices, money, people and keys are the company's.
    private static readonly string[] OfShop =
    [
        MembersRead, ProductsManage, StockRead, StockManage, OrdersRead, OrdersManage,
    ];

    // A suspended company looks and answers questions; it trades no more.
    private static readonly string[] OfSuspended = [MembersRead, StockRead, OrdersRead, PaymentsRead, AuditRead];

    /// <summary>What a member may for a company of this kind in this state.</summary>
    /// <param name="role">A built-in role, or the name of one that the company made.</param>
    /// <param name="made">What that one holds; null when there is none of that name.</param>
    /// <param name="companyKind">Sellers and keepers of others' goods may different things.</param>
    /// <param name="companyStatus">A suspended company looks on; a closed one is over.</param>
    /// <param name="isOneShop">Whether the member is limited to one shop: then the company itself is not theirs to run.</param>
    public static string[] Permissions(
        string role, string[]? made, string companyKind, string companyStatus, bool isOneShop = false)
    {
        if (companyStatus == CompanyStatus.Closed)
            return [];
        var all = OfCompany.TryGetValue(role, out var builtIn) ? builtIn : Grantable.Intersect(made ?? []);
        var granted = companyKind == Company.WarehouseOperator ? all.Intersect(OfOperator) : all;
        if (isOneShop)
            granted = granted.Intersect(OfShop);
        return [.. companyStatus == CompanyStatus.Suspended ? granted.Intersect(OfSuspended) : granted];
    }

    /// <summary>What staff may.</summary>
    /// <param name="role">A built-in role, or the name of one that the marketplace made.</param>
    /// <param name="made">What that one holds; null when there is none of that name.</param>
    public static string[] StaffPermissions(string role, string[]? made) =>
        OfStaff.TryGetValue(role, out var builtIn) ? builtIn : [.. All.Intersect(made ?? [])];

    /// <summary>The id under which a built-in role is listed: the same in every marketplace.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isOfStaff">Whether it is one of <see cref="OfStaff" />.</param>
    public static Guid IdOf(string name, bool isOfStaff)
    {
        var names = (isOfStaff ? OfStaff : OfCompany).Keys.ToList();
        return new Guid(0, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, isOfStaff ? (byte)2 : (byte)1, (byte)(names.IndexOf(name) + 1));
    }
}
