using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.UnitTests.Identity;

public sealed class CompanyTests
{
    private static readonly string[] States = ["pending", "approved", "suspended", "closed"];

    // Written by hand, not read from Company: a test that reads the table would agree with any mistake in it.
    private static readonly HashSet<(string, string)> Allowed =
    [
        ("pending", "approved"), ("pending", "suspended"), ("pending", "closed"), ("approved", "suspended"), ("approved", "closed"),
        ("suspended", "approved"), ("suspended", "closed"),
    ];

    [Fact]
    public void A_company_makes_the_allowed_moves_and_refuses_all_others()
    {
        foreach (var from in States)
            foreach (var to in States)
            {
                var company = In(from);
                if (Allowed.Contains((from, to)))
                {
                    company.MoveTo(to, "because");
                    Assert.Equal(to, company.Status);
                }
                else
                {
                    Assert.Equal("company_move", Assert.Throws<RuleException>(() => company.MoveTo(to)).Code);
                    Assert.Equal(from, company.Status);
                }
            }
    }

    [Fact]
    public void Every_permission_of_a_role_exists()
    {
        Assert.All(Roles.OfCompany.Values.Concat(Roles.OfStaff.Values).SelectMany(permissions => permissions),
            permission => Assert.Contains(permission, Permissions.All));
        Assert.Equal(Permissions.All, Roles.OfStaff["admin"]);
    }

    [Fact]
    public void Nobody_in_a_company_has_what_only_staff_may()
    {
        string[] staffOnly =
        [
            Permissions.AccountsRead, Permissions.AccountsManage, Permissions.CompaniesApprove, Permissions.CatalogManage, Permissions.TaxManage,
            Permissions.PaymentsManage, Permissions.LedgerRead, Permissions.CommissionManage, Permissions.EmailsRead, Permissions.EmailsManage,
        ];

        Assert.All(Roles.OfCompany.Values, permissions => Assert.Empty(permissions.Intersect(staffOnly)));
    }

    [Theory]
    [InlineData("owner", "seller", "approved", Permissions.ProductsManage, true)]
    [InlineData("owner", "seller", "pending", Permissions.ProductsManage, true)]
    [InlineData("owner", "seller", "suspended", Permissions.ProductsManage, false)]
    [InlineData("owner", "seller", "suspended", Permissions.OrdersRead, true)]
    [InlineData("owner", "seller", "closed", Permissions.OrdersRead, false)]
    [InlineData("owner", "warehouse_operator", "approved", Permissions.ProductsManage, false)]
    [InlineData("owner", "warehouse_operator", "approved", Permissions.StockManage, true)]
    [InlineData("clerk", "seller", "approved", Permissions.MembersManage, false)]
    [InlineData("manager", "seller", "approved", Permissions.ApiKeysManage, false)]
    [InlineData("nobody", "seller", "approved", Permissions.OrdersRead, false)]
    public void A_member_may_what_role_kind_and_state_leave(string role, string kind, string status, string permission, bool may) =>
        Assert.Equal(may, Roles.Permissions(role, kind, status).Contains(permission));

    private static Company In(string status)
    {
        var company = new Company { Kind = Company.Seller, Name = "Lamps", Country = "DE", CreatedAt = DateTimeOffset.UnixEpoch };
        if (status != "pending")
            company.MoveTo(status);
        return company;
    }
}
