using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// As what a caller sees an order. Who sees it as nothing gets the same 404 as for an order that is not there.
/// </summary>
/// <param name="Kind"><c>buyer</c>, <c>staff</c> or <c>seller</c>.</param>
/// <param name="Companies">The companies whose parts are seen; null for those who see all of them.</param>
/// <param name="Shops">Of these companies those of which only one shop is seen, each with that shop.</param>
internal sealed record Sight(string Kind, Guid[]? Companies, IReadOnlyDictionary<Guid, Guid>? Shops = null)
{
    public bool IsSeller => Companies is not null;

    /// <summary>
    /// The parts as they are seen: of a company of which only one shop is, with the lines of that shop and their sums. To be shown, not
    /// to be changed.
    /// </summary>
    public OrderPart[] Parts(Order order) => Companies is null
        ? [.. order.Parts]
        :
        [
            .. from part in order.Parts
               where Companies.Contains(part.CompanyId)
               let seen = Shops?.TryGetValue(part.CompanyId, out var shop) == true ? part.OfShop(shop) : part
               select seen,
        ];

    /// <summary>Null when the caller may not know that the order exists.</summary>
    public static Sight? Of(Order order, Caller caller)
    {
        if (caller.OrderId == order.Id || (caller.Buys is { } account && account == order.AccountId))
            return new Sight("buyer", null);
        if (caller.Can(Permissions.OrdersRead))
            return new Sight("staff", null);
        // A sale that never was made is no seller's business.
        if (order.ConfirmedAt is null)
            return null;
        var companies = caller.CompaniesWith(Permissions.OrdersRead).Where(company => order.Parts.Exists(
            part => part.CompanyId == company
                && (!caller.Shops.ContainsKey(company) || caller.CanSome(Permissions.OrdersRead, part)))).ToArray();
        return companies is [] ? null : new Sight("seller", companies, caller.Shops);
    }
}

/// <summary>Callers as buyers, and as members who sell in one shop of their company only.</summary>
internal static class Selling
{
    extension(Caller caller)
    {
        /// <summary>
        /// The account whose own orders the caller sees. An API key has none: it acts for a company, and what the
        /// person who made it buys at home is not the company's business.
        /// </summary>
        public Guid? Buys => caller.ApiKeyId is null ? caller.AccountId : null;

        /// <summary>Whether the caller may do it for a part, or for some of its lines.</summary>
        public bool CanSome(string permission, OrderPart part) =>
            part.Lines.Exists(line => caller.Can(permission, part.CompanyId, line.ShopId));

        /// <summary>Refuses who may do it only for some lines of parts: the others are of another shop of the company.</summary>
        public void DemandAll(string permission, IEnumerable<OrderPart> parts)
        {
            if (parts.Any(part => part.Lines.Exists(line => !caller.Can(permission, part.CompanyId, line.ShopId))))
                throw new RuleException(
                    403, "forbidden",
                    "This part has lines of another shop. Name your lines, or ask who runs the whole company.");
        }

        /// <summary>Of each company the only shop that the caller sees; null where that is all of them.</summary>
        public Guid?[] OnlyShops(string permission, Guid[] companies) => Array.ConvertAll(
            companies,
            company => !caller.Can(permission) && caller.Shops.TryGetValue(company, out var shop) ? shop : (Guid?)null);
    }
}
