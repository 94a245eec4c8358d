using Souk.Contracts.Orders;
using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Orders.Domain;

/// <summary>
/// An order of one buyer from one or several sellers. What people do to it happens here; the steps of the checkout are
/// SQL over many orders at once (<c>Events/</c>), by the same table (<see cref="OrderLife" />).
/// </summary>
internal sealed class Order : IVersioned
{
    public Guid Id { get; init; }
    public long Number { get; init; }
    public OrderStatus Status { get; internal set; }
    public DateTimeOffset? Deadline { get; internal set; }
    public int Overdue { get; internal set; }
    public long Version { get; set; }
    public Guid? AccountId { get; init; }
    public Guid? CartId { get; init; }
    public Guid ContactId { get; internal set; }
    public required string Country { get; init; }
    public required string Postcode { get; set; }
    public required string Currency { get; init; }
    public bool PricesIncludeTax { get; init; }
    public long ItemsMinor { get; init; }
    public long DiscountMinor { get; init; }
    public long DeliveryMinor { get; init; }
    public long TaxMinor { get; init; }
    public long TotalMinor { get; init; }
    public string[] CouponCodes { get; init; } = [];
    public string? Payments { get; internal set; }
    public string? ReturnUrl { get; init; }
    public string? ActionKind { get; internal set; }
    public string? ActionUrl { get; internal set; }
    public DateTimeOffset? ActionExpiresAt { get; internal set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; internal set; }
    public DateTimeOffset? ReservedUntil { get; init; }
    public DateTimeOffset? ConfirmedAt { get; init; }
    public DateTimeOffset? CapturedAt { get; init; }
    public DateTimeOffset? CancelledAt { get; internal set; }
    public string? CancelReason { get; internal set; }
    public long CapturedMinor { get; init; }
    public long RefundedMinor { get; init; }
    public List<OrderPart> Parts { get; init; } = [];
    public List<TimelineEntry> Timeline { get; init; } = [];

    /// <summary>Those that are new, and where they are asked for all of them.</summary>
    public List<Shipment> Shipments { get; init; } = [];

    /// <summary>Those that are new: <see cref="PiecesOf" /> counts them with the earlier ones.</summary>
    public List<PieceMove> PieceMoves { get; init; } = [];

    /// <summary>What became of the pieces of those lines of which some went any way, by the line.</summary>
    public Dictionary<Guid, Pieces> Counts { get; } = [];

    /// <summary>The order that it was added to, by an edit; known where an order is read to be shown.</summary>
    public Guid? AddsTo { get; set; }

    /// <summary>Whether something was added to it; known where an order is read to be shown.</summary>
    public bool HasAdditions { get; set; }

    /// <summary>Whether something of it is on its way to its buyer, or there.</summary>
    public bool HasLeft => Parts.Exists(part => part.ShippedAt is not null);

    /// <summary>Where a part stands: until the sale is made, and when it never is, where its order stands.</summary>
    public OrderStatus StatusOf(OrderPart part) =>
        StatusOf([part]);

    /// <summary>The same for several parts: the least advanced that is not cancelled.</summary>
    public OrderStatus StatusOf(IEnumerable<OrderPart> parts) =>
        Status is OrderStatus.Pending or OrderStatus.AwaitingPayment or OrderStatus.Cancelled
            ? Status
            : OrderLife.Of(parts.Select(part => part.Status));

    /// <summary>What became of the pieces of a line.</summary>
    public Pieces PiecesOf(OrderPart part, OrderLine line)
    {
        var pieces = Counts.GetValueOrDefault(line.Id);
        // Parts that left before their parcels were written down left as a whole.
        return part.Status is PartStatus.Confirmed or PartStatus.Cancelled
            ? pieces
            : pieces with { Shipped = line.Quantity - pieces.TakenOff };
    }

    /// <summary>How many pieces of a line there are: bought, and not taken off.</summary>
    public int Has(OrderPart part, OrderLine line) => line.Quantity - PiecesOf(part, line).TakenOff;

    /// <summary>The pieces of parts that are still to be shipped.</summary>
    public LineQuantity[] Open(params IEnumerable<OrderPart> parts) =>
    [
        .. from part in parts
           from line in part.Lines
           let pieces = PiecesOf(part, line)
           let open = line.Quantity - pieces.TakenOff - pieces.Shipped
           where open > 0
           orderby line.Position
           select new LineQuantity(line.Id, line.OfferId, open),
    ];

    /// <summary>The pieces of a part that left, and did not come back.</summary>
    public LineQuantity[] Kept(OrderPart part) =>
    [
        .. from line in part.Lines
           let pieces = PiecesOf(part, line)
           where pieces.Shipped > pieces.Returned
           orderby line.Position
           select new LineQuantity(line.Id, line.OfferId, pieces.Shipped - pieces.Returned),
    ];

    /// <summary>
    /// Cancels parts that have not left their seller. When none is left to go on, the order is cancelled.
    /// </summary>
    public void CancelParts(IReadOnlyList<OrderPart> parts, Actor actor, string? note)
    {
        foreach (var part in parts)
        {
            Demand(part, PartStatus.Cancelled);
            if (part.ShippedAt is not null)
                throw new RuleException(
                    "partly_shipped",
                    "Some of this part has left. Take the other pieces off: PUT /orders/{id} with the lines that stay.");
        }
        foreach (var part in parts)
        {
            part.CancelledAt = actor.At;
            MovePart(part, PartStatus.Cancelled, actor, note);
        }
        Follow(actor, note);
    }

    /// <summary>Cancels the whole order; refused as soon as a part of it has left its seller.</summary>
    public void Cancel(Actor actor, string? note)
    {
        if (!OrderLife.Can(Status, OrderStatus.Cancelled) || HasLeft)
            throw Refusal(OrderStatus.Cancelled);
        foreach (var part in Parts.Where(part => part.Status == PartStatus.Confirmed))
            (part.Status, part.CancelledAt) = (PartStatus.Cancelled, actor.At);
        MoveTo(OrderStatus.Cancelled, actor, note);
    }

    /// <summary>Another contact takes the place of the first one, until something was shipped.</summary>
    public void ChangeContact(Guid contactId, string country, string postcode, Actor actor)
    {
        if (Status == OrderStatus.Cancelled || HasLeft)
            throw new RuleException("order_move", "The contact can be changed only before anything was shipped.")
            {
                More = { ["state"] = Words.Of(Status), ["allowed"] = Allowed().ToArray() },
            };
        // Its taxes and its delivery were those of this country.
        if (country != Country)
            throw RuleException.Invalid(
                "/contact_id", "wrong_country", $"This order goes to {Country}: take a contact in that country.");
        (ContactId, Postcode, UpdatedAt) = (contactId, postcode, actor.At);
        Add(part: null, Words.Of(Status), Words.Of(Status), actor, "contact_changed", note: null);
    }

    /// <summary>The moves somebody may make by hand from here.</summary>
    public IEnumerable<string> Allowed() => OrderLife.Next(Status)
        .Where(next => next is OrderStatus.Shipped or OrderStatus.Delivered or OrderStatus.Cancelled)
        .Where(next => next != OrderStatus.Cancelled || !HasLeft)
        .Where(next => next != OrderStatus.Delivered || Status == OrderStatus.Shipped)
        .Select(Words.Of);

    public RuleException Refusal(OrderStatus wanted) => Refusal(Words.Of(Status), Words.Of(wanted), [.. Allowed()]);

    /// <summary>Refuses what a part cannot become.</summary>
    public void Demand(OrderPart part, PartStatus next)
    {
        var state = StatusOf(part);
        if (state != OrderLife.Of([part.Status]) || Status == OrderStatus.CaptureFailed && next != PartStatus.Cancelled)
            throw Refusal(OrderLife.Of([next]));
        if (!OrderLife.Can(part.Status, next))
            throw Refusal(
                Words.Of(part.Status), Words.Of(next), [.. OrderLife.Next(part.Status).Where(ByHand).Select(Words.Of)]);
    }

    // Returns have a life of their own (/returns), and the part follows it.
    private static bool ByHand(PartStatus next) => next is not (PartStatus.PartlyReturned or PartStatus.Returned);

    private static RuleException Refusal(string state, string wanted, string[] allowed)
    {
        var rest = allowed is [] ? "Nothing more can be done with it." : $"Allowed: {string.Join(", ", allowed)}.";
        return new RuleException("order_move", $"What is {state} cannot become {wanted}. {rest}")
        {
            More = { ["state"] = state, ["allowed"] = allowed },
        };
    }

    /// <summary>Writes down where pieces went.</summary>
    public void Move(
        OrderPart part, OrderLine line, PieceMoveKind kind, int quantity, Guid cause, Actor actor,
        LineRefund refund = default)
    {
        var move = new PieceMove
        {
            OrderId = Id,
            PartId = part.Id,
            LineId = line.Id,
            Kind = kind,
            Quantity = quantity,
            Refunded = refund.Quantity,
            RefundMinor = refund.TotalMinor,
            CauseId = cause,
            At = actor.At,
        };
        PieceMoves.Add(move);
        Counts[line.Id] = Counts.GetValueOrDefault(line.Id).With(move);
        UpdatedAt = actor.At;
    }

    /// <summary>A part stands somewhere else from now on. Who calls it has demanded it.</summary>
    public void MovePart(OrderPart part, PartStatus next, Actor actor, string? note)
    {
        Add(part, Words.Of(part.Status), Words.Of(next), actor, actor.Kind, note);
        part.Status = next;
        UpdatedAt = actor.At;
    }

    /// <summary>From its confirmation on an order stands where its least advanced part stands.</summary>
    public void Follow(Actor actor, string? note)
    {
        var next = OrderLife.Of(Parts.Select(part => part.Status));
        if (next != Status && !(Status == OrderStatus.CaptureFailed && next == OrderStatus.Confirmed))
            MoveTo(next, actor, note);
    }

    private void MoveTo(OrderStatus next, Actor actor, string? note)
    {
        if (!OrderLife.Can(Status, next))
            throw Refusal(next);
        Add(part: null, Words.Of(Status), Words.Of(next), actor, actor.Kind, note);
        Status = next;
        UpdatedAt = actor.At;
        if (next != OrderStatus.Cancelled)
            return;
        (Deadline, CancelledAt, CancelReason, Payments) = (null, actor.At, actor.Kind, null);
        (ActionKind, ActionUrl, ActionExpiresAt) = (null, null, null);
    }

    /// <summary>Something happened to a part, or to the whole order, that left it where it stands.</summary>
    public void Note(OrderPart? part, string reason, Actor actor, string? note = null)
    {
        var status = Words.Of(part is null ? Status : StatusOf(part));
        Add(part, status, status, actor, reason, note);
        UpdatedAt = actor.At;
    }

    private void Add(OrderPart? part, string from, string to, Actor actor, string reason, string? note) =>
        Timeline.Add(new TimelineEntry
        {
            OrderId = Id,
            PartId = part?.Id,
            At = actor.At,
            Actor = actor.Kind,
            AccountId = actor.AccountId,
            FromStatus = from,
            ToStatus = to,
            Reason = reason,
            Note = note,
        });
}
