using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Souk.Contracts.Carts;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// The lines of an edit that go up, or are new: priced by Carts as they cost now, and made an order of their own that belongs to the
/// first (<see cref="Adding" />). Only its buyer adds to an order, because it is they who pay.
/// </summary>
internal sealed class AddedLines(IServiceScopeFactory scopes, ICartsApi carts, IOptions<OrdersOptions> options)
{
    // Who adds more often wants another order. It also bounds what a cancellation takes along.
    private const int AdditionsMax = 50;

    // As many as a line of a cart may have.
    private const int QuantityMax = 10_000;

    /// <summary>
    /// Asks what the pieces cost that an edit would add; null when it adds none. Reads the order in a scope of its own, so that nobody
    /// waits for its row, and no connection is held, while Carts is asked.
    /// </summary>
    public async Task<PricedPieces?> Price(
        Guid orderId, IReadOnlyList<ChangeOrderLine> wanted, Caller caller, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
        if (await db.Find(orderId, ct) is not { } order || Sight.Of(order, caller)?.Kind != "buyer")
            return null;
        var pieces = Missing(order, await Before(db, order, wanted, ct), wanted);
        // Whoever may not add is told why, and nobody is asked for it.
        if (pieces is [] || order.CapturedAt is null || pieces.Any(line => line.Quantity > QuantityMax))
            return null;
        PartToJoin[] parts =
        [
            .. order.Parts.Where(part => part.Status == PartStatus.Confirmed).Select(part => new PartToJoin(
                part.CompanyId, part.DeliveryMethodId, part.ItemsMinor - part.DiscountMinor)),
        ];
        return new PricedPieces(pieces, await carts.PriceAddition(
            new WantedAddition(order.ContactId, order.AccountId, pieces, parts), ct));
    }

    /// <summary>Makes the order of what is missing. The order is locked, and its lines were checked.</summary>
    /// <returns>Null when nothing is missing.</returns>
    public async Task<Order?> Add(
        OrdersDb db, Order order, IReadOnlyList<ChangeOrderLine> wanted, PricedPieces? priced, Actor actor,
        string? note, CancellationToken ct)
    {
        var before = await Before(db, order, wanted, ct);
        var pieces = Missing(order, before, wanted);
        if (pieces is [])
            return null;
        Demand(order, before, pieces, wanted, actor);
        if (priced is null || !priced.Pieces.SequenceEqual(pieces))
            throw new ChangedMeanwhileException();
        var price = priced.Price ?? throw new RuleException("order_not_ready", "The contact of this order was erased.");
        if (price.Problems is not [])
            throw new RuleException(
                "order_not_ready", "These pieces cannot be added as things are. The problems say why.")
            {
                More = { ["problems"] = price.Problems },
            };
        if (price.Currency != order.Currency)
            throw RuleException.Invalid(
                "/lines", "currency_mismatch", $"This order is in {order.Currency}. Add what is priced in that.");

        // A seller whose part was cancelled sends anew.
        foreach (var part in order.Parts.Where(part => part.Status != PartStatus.Cancelled))
            if (price.Lines.Any(line => line.CompanyId == part.CompanyId))
                DemandOpen(order, part);
        var number = (await db.Query("select nextval('order_numbers')", row => row.GetInt64(0), ct))[0];
        var addition = order.Addition(number, price, actor, options.Value.PendingMax);
        db.Add(addition);
        db.Run("insert into additions (order_id, id) values ($1, $2)", order.Id, addition.Id);
        order.Note(part: null, "pieces_added", actor, note);
        db.Publish(new OrderPlaced(
            addition.Id, addition.Country,
            [.. addition.Parts.SelectMany(part => part.Lines).Select(line => line.Pieces())],
            options.Value.ReserveFor, addition.Postcode, addition.AccountId));
        return addition;
    }

    // An order goes up as long as nothing of it has left; each addition is paid, or over, before the next begins.
    private static void Demand(
        Order order, Order[] before, WantedPieces[] pieces, IReadOnlyList<ChangeOrderLine> wanted, Actor actor)
    {
        if (actor.Kind != "buyer")
            throw new RuleException(403, "forbidden", "Only its buyer adds to an order: it is they who pay.");
        if (pieces.Any(line => line.Quantity > QuantityMax))
            throw RuleException.Invalid(
                "/lines", "too_many_pieces", $"At most {QuantityMax} pieces of a line are added at once.");
        DemandOpen(order, order.Parts.MinBy(part => part.Status)!);
        foreach (var (part, line) in order.Parts.SelectMany(part => part.Lines, (part, line) => (part, line)))
            if (wanted.Any(one => one.LineId == line.Id && one.Quantity > order.Has(part, line)))
                DemandOpen(order, part);
        if (Array.Find(before, one => one.Status is OrderStatus.Pending or OrderStatus.AwaitingPayment) is { } waiting)
            throw new RuleException(
                "addition_waits",
                $"Order {OrderNumber.Of(waiting.Number)} was added last and waits: pay it (POST /payments) or cancel it.")
            {
                More = { ["addition_id"] = waiting.Id },
            };
        if (before.Length >= AdditionsMax)
            throw new RuleException(
                "too_many_additions", $"An order is added to at most {AdditionsMax} times. Make a new one.");
    }

    private static void DemandOpen(Order order, OrderPart part)
    {
        order.DemandEdit(part);
        if (part.ShippedAt is not null)
            throw new RuleException("order_move", "Some of this part has left. More of it is a new order.");
    }

    // What was added before counts only where more is wanted than the order has.
    private static async Task<Order[]> Before(
        OrdersDb db, Order order, IReadOnlyList<ChangeOrderLine> wanted, CancellationToken ct) =>
        Missing(order, [], wanted) is [] ? [] : await db.AdditionsOf(order.Id, ct);

    // The pieces that neither the order nor what was added to it has: the same edit once more adds nothing.
    private static WantedPieces[] Missing(
        Order order, IEnumerable<Order> additions, IReadOnlyList<ChangeOrderLine> wanted)
    {
        var (added, missing) = (Adding.Pieces(additions), new List<WantedPieces>());
        var lines = order.Parts.SelectMany(part => part.Lines, (part, line) => (part, line))
            .ToDictionary(it => it.line.Id, it => (it.line.OfferId, Has: order.Has(it.part, it.line)));
        foreach (var line in wanted)
        {
            var (offer, has) = line.LineId is { } id
                ? lines.GetValueOrDefault(id)
                : (line.OfferId.GetValueOrDefault(), 0);
            var more = line.Quantity - has - added.GetValueOrDefault(offer);
            if (offer != Guid.Empty && line.Quantity > has && more > 0)
                missing.Add(new WantedPieces(offer, more));
        }
        return [.. missing];
    }
}

/// <summary>Pieces and what they cost.</summary>
/// <param name="Pieces">The pieces that are to be added.</param>
/// <param name="Price">Their price; null when the order's contact was erased.</param>
internal sealed record PricedPieces(WantedPieces[] Pieces, PricedAddition? Price);
