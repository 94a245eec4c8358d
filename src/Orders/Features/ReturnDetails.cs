using Souk.Contracts;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>A return as its buyer, its seller and the marketplace see it; who only receives the goods sees no money.</summary>
/// <param name="Id">The return.</param>
/// <param name="OrderId">The order.</param>
/// <param name="PartId">The part of the order.</param>
/// <param name="CompanyId">The seller.</param>
/// <param name="AccountId">The buyer; null for a guest, for sellers and for who receives.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Reason">Why the goods come back, a stable word.</param>
/// <param name="Comment">What the buyer said.</param>
/// <param name="Decision">What the seller answered.</param>
/// <param name="RefundDelivery">Whether the share of the delivery goes back too.</param>
/// <param name="ReceiverCompanyId">Who receives the goods for the seller; null when the seller does.</param>
/// <param name="RefundId">The refund at Payments, once the goods are here.</param>
/// <param name="Refund">What is granted; null before the goods are here.</param>
/// <param name="Refunded">What the buyer got back; less than granted where it had been refunded before.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="DecidedAt">When the seller decided.</param>
/// <param name="ReceivedAt">When the goods were here.</param>
/// <param name="RefundedAt">When the money was with the buyer.</param>
/// <param name="Lines">What comes back.</param>
public sealed record ReturnDetails(
    Guid Id,
    Guid OrderId,
    Guid PartId,
    Guid CompanyId,
    Guid? AccountId,
    ReturnStatus Status,
    string Reason,
    string? Comment,
    string? Decision,
    bool RefundDelivery,
    Guid? ReceiverCompanyId,
    Guid? RefundId,
    Money? Refund,
    Money? Refunded,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DecidedAt,
    DateTimeOffset? ReceivedAt,
    DateTimeOffset? RefundedAt,
    ReturnDetailsLine[] Lines)
{
    internal static readonly ReturnDetails Example = new(
        Guid.Parse("019aa3f4-5a1e-7c14-8a01-0d9e8f7a6b5c"), Examples.OrderId, Examples.PartId, Examples.CompanyId, null,
        ReturnStatus.Received, "damaged", "The shade is dented.", "Send it to our workshop.", true, null,
        Guid.Parse("019aa3f4-5a1e-7c15-8a01-0d9e8f7a6b5c"), new Money(2244, "EUR"), null, Examples.Noon, Examples.Noon,
        Examples.Noon, null,
        [
            new ReturnDetailsLine(
                Examples.LineId, "LAMP-01", "Brass lamp", 1, 1, 0, 1, "damaged", new Money(2244, "EUR")),
        ]);

    internal static ReturnDetails Of(Return it, string kind)
    {
        var money = kind != ReturnSight.Warehouse;
        return new ReturnDetails(
            it.Id, it.OrderId, it.PartId, it.CompanyId,
            kind is ReturnSight.Buyer or ReturnSight.Staff ? it.AccountId : null, it.Status, it.Reason, it.Comment,
            it.Decision, it.RefundDelivery, it.ReceiverCompanyId,
            money ? it.RefundId : null,
            money && it.ReceivedAt is not null ? new Money(it.RefundMinor, it.Currency) : null,
            money && it.RefundedMinor is { } refunded ? new Money(refunded, it.Currency) : null,
            it.CreatedAt, it.DecidedAt, it.ReceivedAt, it.RefundedAt,
            [.. it.Lines.OrderBy(line => line.Position).Select(line => new ReturnDetailsLine(
                line.LineId, line.Sku, line.Title, line.Quantity, line.Received, line.Restocked,
                money ? line.Refunded : null, line.Condition,
                money && it.ReceivedAt is not null ? new Money(line.RefundMinor, it.Currency) : null))]);
    }
}

/// <summary>Pieces of one line that come back.</summary>
/// <param name="LineId">The line of the order.</param>
/// <param name="Sku">The seller's number of it.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="Quantity">Pieces that were to come back.</param>
/// <param name="Received">Pieces that did.</param>
/// <param name="Restocked">Of these pieces that are sold again.</param>
/// <param name="Refunded">Of these pieces for which money goes back.</param>
/// <param name="Condition">How they looked.</param>
/// <param name="Refund">What goes back for them.</param>
public sealed record ReturnDetailsLine(
    Guid LineId, string Sku, string Title, int Quantity, int Received, int Restocked, int? Refunded, string? Condition,
    Money? Refund);

/// <summary>As what a caller sees a return. Who sees it as nothing gets the same 404 as for one that is not there.</summary>
internal static class ReturnSight
{
    public const string Buyer = "buyer";
    public const string Staff = "staff";
    public const string Seller = "seller";

    /// <summary>Who receives the goods for the seller.</summary>
    public const string Warehouse = "warehouse";

    public static string? Of(Return it, Caller caller)
    {
        if (caller.OrderId == it.OrderId || (caller.Buys is { } account && account == it.AccountId))
            return Buyer;
        if (caller.Can(Permissions.OrdersRead))
            return Staff;
        if (it.IsSoldBy(caller, Permissions.OrdersRead))
            return Seller;
        return it.ReceiverCompanyId is { } receiver && caller.Can(Permissions.StockRead, receiver) ? Warehouse : null;
    }

    /// <summary>Who decides about a return: its seller and staff.</summary>
    /// <exception cref="RuleException">403 for others who see it.</exception>
    public static Actor Decider(this Return it, Caller caller, TimeProvider clock) =>
        it.As(caller, clock) is { Kind: Staff or Seller } actor
            ? actor
            : throw new RuleException(403, "forbidden", "Its seller decides about this return.");

    /// <summary>As what somebody acts on a return that they see.</summary>
    public static Actor As(this Return it, Caller caller, TimeProvider clock)
    {
        var kind = caller.Can(Permissions.OrdersManage) ? Staff
            : it.IsSoldBy(caller, Permissions.OrdersManage) ? Seller
            : it.ReceiverCompanyId is { } receiver && caller.Can(Permissions.StockManage, receiver) ? Warehouse
            : Buyer;
        return new Actor(kind, caller.AccountId, clock.GetUtcNow());
    }

    // Goods of several shops are for those who run the whole company.
    private static bool IsSoldBy(this Return it, Caller caller, string permission) =>
        caller.Can(permission, it.CompanyId)
        && Array.TrueForAll(it.ShopIds, shop => caller.Can(permission, it.CompanyId, shop));
}
