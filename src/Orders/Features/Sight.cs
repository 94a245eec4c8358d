using Souk.Orders.Domain;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// As what a caller sees an order. Who sees it as nothing gets the same 404 as for an order that is not there.
/// </summary>
/// <param name="Kind"><c>buyer</c>, <c>staff</c> or <c>seller</c>.</param>
/// <param name="Companies">The companies whose parts are seen; null for those who see all of them.</param>
internal sealed record Sight(string Kind, Guid[]? Companies)
{
    public bool IsSeller => Companies is not null;

    public bool Sees(OrderPart part) => Companies is null || Companies.Contains(part.CompanyId);

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
        var companies = caller.CompaniesWith(Permissions.OrdersRead)
            .Where(company => order.Parts.Exists(part => part.CompanyId == company)).ToArray();
        return companies is [] ? null : new Sight("seller", companies);
    }
}

/// <summary>Callers as buyers.</summary>
internal static class Buying
{
    extension(Caller caller)
    {
        /// <summary>
        /// The account whose own orders the caller sees. An API key has none: it acts for a company, and what the
        /// person who made it buys at home is not the company's business.
        /// </summary>
        public Guid? Buys => caller.ApiKeyId is null ? caller.AccountId : null;
    }
}
