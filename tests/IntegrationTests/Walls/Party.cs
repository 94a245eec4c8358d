using Souk.Identity.Domain;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Walls;

/// <summary>Somebody who asks.</summary>
/// <param name="Name">For people.</param>
/// <param name="Group"><c>buyer</c>, <c>guest</c>, <c>seller</c>, <c>operator</c>, <c>staff</c>, or nothing.</param>
/// <param name="World">The one they live in; null for who lives in none, and for staff.</param>
internal sealed record Party(string Name, string Group, World? World)
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

    /// <summary>All ids of its world, with its own in place of others'.</summary>
    public IReadOnlyDictionary<string, string> Own => (Group switch
    {
        "guest" => World!.ThingsOfGuest,
        "operator" => World!.ThingsOfOperator,
        _ => World!.Things,
    }).Concat(World.Things).DistinctBy(thing => thing.Key).ToDictionary();

    /// <summary>Whether these things of a world are theirs.</summary>
    public bool Owns(IReadOnlyDictionary<string, string> things) => World is not null && Group switch
    {
        "buyer" => things == World.Things,
        "guest" => things == World.ThingsOfGuest,
        "operator" => things == World.ThingsOfOperator,
        _ => things == World.Things || things == World.ThingsOfGuest,
    };

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
        var employee = await souk.Buyer();
        var parties = new List<Party> { new("nobody", "", null) };
        foreach (var (world, the) in new[] { (first, "the"), (second, "another") })
            parties.AddRange([
                new($"{the} guest", "guest", world)
                {
                    Tokens = [("X-Cart-Token", world.CartToken), ("X-Order-Token", world.OrderToken)],
                },
                new($"{the} buyer", "buyer", world) { AccountId = world.Buyer.AccountId },
                new($"{the} seller", "seller", world)
                {
                    AccountId = world.Seller.AccountId, CompanyId = world.Seller.CompanyId, There = OfOwner("seller"),
                },
                new($"{the} operator", "operator", world)
                {
                    AccountId = world.Operator.AccountId, CompanyId = world.Operator.CompanyId,
                    There = OfOwner("operator"),
                },
            ]);
        foreach (var permission in Permissions.All)
            parties.Add(new($"a member with {permission}", "seller", first)
            {
                AccountId = employee.AccountId, CompanyId = first.Seller.CompanyId, There = [permission],
            });
        foreach (var (role, permissions) in Roles.OfStaff)
            parties.Add(new(role, "staff", null)
            {
                AccountId = (await souk.Staff(role)).AccountId, Everywhere = permissions,
            });
        return parties;
    }

    /// <summary>What an owner of a company of this group may there.</summary>
    public static string[] OfOwner(string group) => Roles.Permissions(
        Roles.Owner, null, group == "operator" ? Company.WarehouseOperator : Company.Seller, CompanyStatus.Approved);
}
