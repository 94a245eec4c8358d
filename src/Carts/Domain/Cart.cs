using Souk.Contracts.Carts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Domain;

/// <summary>A cart as it is stored, with its offers as they are now.</summary>
/// <param name="Id">A guest's is random, a customer's is the id of the account.</param>
/// <param name="OrderId">The checkout that holds it; null while it is open.</param>
/// <param name="Version">Grows with every change; 0 when there is no such cart yet.</param>
/// <param name="Contact">Who buys and where it goes.</param>
/// <param name="Delivery">The methods chosen.</param>
/// <param name="Coupons">The codes given.</param>
/// <param name="Lines">What is in it.</param>
/// <param name="Now">The database's time.</param>
internal sealed record Cart(
    Guid Id,
    Guid? OrderId,
    long Version,
    ContactCard? Contact,
    DeliveryChoice[] Delivery,
    string[] Coupons,
    IReadOnlyList<BasketLine> Lines,
    DateTimeOffset Now)
{
    /// <summary>Lines a cart may have, and an order in one request. The statements of <see cref="CartSql" /> say it, too.</summary>
    public const int LinesMax = 500;

    /// <summary>Pieces a line may have.</summary>
    public const int QuantityMax = 10_000;

    /// <summary>Coupons a cart may have.</summary>
    public const int CouponsMax = 5;

    /// <summary>A checkout holds it: it cannot be changed until that has an end.</summary>
    public bool IsFrozen => OrderId is not null;

    /// <summary>Nothing was put in yet.</summary>
    public static Cart Empty(Guid id, DateTimeOffset now) => new(id, null, 0, null, [], [], [], now);

    /// <summary>This cart with what a guest put into another, as the merge at the next write will make it.</summary>
    public Cart With(Cart guest)
    {
        if (guest.Lines.Count == 0 || IsFrozen || (Lines.Count > 0 && Lines[0].Offer?.Currency != guest.Lines[0].Offer?.Currency))
            return this;
        var merged = Lines.Concat(guest.Lines).GroupBy(line => line.OfferId)
            .Select(same => same.First() with { Quantity = (int)Math.Min(QuantityMax, same.Sum(line => (long)line.Quantity)) })
            .Take(LinesMax);
        return this with
        {
            Lines = [.. merged],
            Contact = Contact ?? guest.Contact,
            Delivery = Version == 0 ? guest.Delivery : Delivery,
            Coupons = [.. Coupons.Union(guest.Coupons).Take(CouponsMax)],
        };
    }

    /// <summary>The refusal to change a cart while a checkout holds it.</summary>
    public RuleException Frozen() =>
        new("cart_in_checkout", "A checkout of this cart is running. Wait for its answer, then go on.") { More = { ["order_id"] = OrderId } };
}

/// <summary>Whose cart a request means.</summary>
/// <param name="CartId">The cart.</param>
/// <param name="AccountId">The customer; null for a guest.</param>
/// <param name="GuestCartId">A cart filled before signing in, to be merged into the customer's; null when there is none.</param>
/// <param name="IsNew">A guest without a cart: the id was made for this request.</param>
internal readonly record struct CartOwner(Guid CartId, Guid? AccountId, Guid? GuestCartId, bool IsNew)
{
    public static CartOwner Of(Caller caller) => caller switch
    {
        { AccountId: { } account } => new(account, account, caller.CartId, false),
        { CartId: { } cart } => new(cart, null, null, false),
        _ => new(Guid.CreateVersion7(), null, null, true),
    };
}
