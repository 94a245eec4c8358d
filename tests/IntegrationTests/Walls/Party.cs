using Souk.Identity.Domain;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Walls;

/// <summary>Somebody who asks.</summary>
/// <param name="Name">For people.</param>
/// <param name="Group"><c>buyer</c>, <c>guest</c>, <c>seller</c>, <c>operator</c>, <c>staff</c>, or nothing.</param>
/// <param name="IsOfFirst">Whether the first world's things are theirs.</param>
internal sealed record Party(string Name, string Group, bool IsOfFirst)
{
    /// <summary>Empty for who is not signed in.</summary>
    public Guid AccountId { get; init; }

    /// <summary>What it may everywhere.</summary>
    public IReadOnlyList<string> Everywhere { get; init; } = [];

    /// <summary>The company it is a member of.</summary>
    public Guid CompanyId { get; init; }

    /// <summary>What it may there.</summary>
    public IReadOnlyList<string> There { get; init; } = [];

    /// <summary>Headers of a guest.</summary>
    public IReadOnlyList<(string Name, string Value)> Tokens { get; init; } = [];

    /// <summary>Whether it has one of these permissions anywhere; nobody has for a company what only staff can have.</summary>
    public bool Has(IReadOnlyList<string> permissions) =>
        Everywhere.Concat(There.Except(Permissions.OfStaffOnly)).Intersect(permissions).Any();

    /// <summary>What says who asks; signed now, because it lives five minutes.</summary>
    public async Task<IReadOnlyList<(string Name, string Value)>> Credentials(SoukServer souk)
    {
        if (AccountId == default)
            return Tokens;
        var kind = Group switch
        {
            "buyer" => "customer",
            "seller" => "company",
            "operator" => "warehouse",
            _ => Group,
        };
        var token = await World.Token(souk, AccountId, kind, Everywhere, CompanyId, [.. There]);
        return [("Authorization", "Bearer " + token)];
    }

    /// <summary>Everybody there is: of the first world, of another, and the marketplace's own people.</summary>
    public static async Task<IReadOnlyList<Party>> All(SoukServer souk, World first, World second)
    {
        var (owner, employee, keeper) = (Roles.OfCompany[Roles.Owner], await souk.Buyer(),
            await souk.WarehouseOperator());
        var parties = new List<Party>
        {
            new("nobody", "", false),
            new("a guest", "guest", true) { Tokens = TokensOf(first) },
            new("another guest", "guest", false) { Tokens = TokensOf(second) },
            new("the buyer", "buyer", true) { AccountId = first.Buyer.AccountId },
            new("another buyer", "buyer", false) { AccountId = second.Buyer.AccountId },
            new("the seller", "seller", true)
            {
                AccountId = first.Seller.AccountId, CompanyId = first.Seller.CompanyId, There = owner,
            },
            new("another seller", "seller", false)
            {
                AccountId = second.Seller.AccountId, CompanyId = second.Seller.CompanyId, There = owner,
            },
            new("an operator of warehouses", "operator", false)
            {
                AccountId = keeper.AccountId, CompanyId = keeper.CompanyId,
                There = Roles.Permissions(Roles.Owner, null, Company.WarehouseOperator, CompanyStatus.Approved),
            },
        };
        foreach (var permission in Permissions.All)
            parties.Add(new($"a member with {permission}", "seller", true)
            {
                AccountId = employee.AccountId, CompanyId = first.Seller.CompanyId, There = [permission],
            });
        foreach (var (role, permissions) in Roles.OfStaff)
            parties.Add(new(role, "staff", false)
            {
                AccountId = (await souk.Staff(role)).AccountId, Everywhere = permissions,
            });
        return parties;
    }

    private static (string, string)[] TokensOf(World world) =>
        [("X-Cart-Token", world.CartToken), ("X-Order-Token", world.OrderToken)];
}
