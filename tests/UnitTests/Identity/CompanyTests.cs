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
        Assert.Equal(may, Roles.Permissions(role, null, kind, status).Contains(permission));

    [Theory]
    [InlineData("seller", "approved", false, Permissions.ProductsManage, true)]
    [InlineData("seller", "approved", false, Permissions.MembersManage, true)]
    [InlineData("seller", "approved", true, Permissions.ProductsManage, true)]
    [InlineData("seller", "approved", true, Permissions.MembersManage, false)]
    [InlineData("seller", "suspended", false, Permissions.ProductsManage, false)]
    [InlineData("warehouse_operator", "approved", false, Permissions.ProductsManage, false)]
    [InlineData("seller", "approved", false, Permissions.StockRead, false)]
    [InlineData("seller", "approved", false, Permissions.LedgerRead, false)]
    public void A_role_of_the_companys_own_may_no_more_than_owners_and_no_more_than_the_shop(
        string kind, string status, bool isOneShop, string permission, bool may)
    {
        // What a row once held, whatever may be given today.
        string[] made = [Permissions.ProductsManage, Permissions.MembersManage, Permissions.LedgerRead, "no.more"];

        Assert.Equal(may, Roles.Permissions("night_shift", made, kind, status, isOneShop).Contains(permission));
        Assert.DoesNotContain("no.more", Roles.Permissions("night_shift", made, kind, status, isOneShop));
    }

    [Fact]
    public void Built_in_roles_have_ids_of_their_own()
    {
        Guid[] ids = [.. Roles.OfCompany.Keys.Select(name => Roles.IdOf(name, false)), .. Roles.OfStaff.Keys.Select(name => Roles.IdOf(name, true))];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        // They are in links and programs of others.
        Assert.Equal(new Guid("00000000-0000-7000-8000-000000000101"), Roles.IdOf("owner", false));
        Assert.Equal(new Guid("00000000-0000-7000-8000-000000000201"), Roles.IdOf("admin", true));
    }

    private static Company In(string status)
    {
        var company = new Company { Kind = Company.Seller, Name = "Lamps", Country = "DE", CreatedAt = DateTimeOffset.UnixEpoch };
        if (status != "pending")
            company.MoveTo(status);
        return company;
    }
}
