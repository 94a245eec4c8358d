using Souk.Contracts;
using Souk.Payments.Gateways;

namespace Souk.Payments.Domain;

/// <summary>What was decided about an order, in the order it is to be written.</summary>
internal sealed class OrderChanges
{
    public HashSet<Payment> Payments { get; } = [];

    public List<Payment> NewPayments { get; } = [];

    public HashSet<SoldLine> Lines { get; } = [];

    public HashSet<Refund> Refunds { get; } = [];

    public List<Review> Reviews { get; } = [];

    public List<Guid> ReviewsToEnd { get; } = [];

    public HashSet<Dispute> Disputes { get; } = [];

    public List<Operation> Operations { get; } = [];

    public List<Operation> Done { get; } = [];

    public List<Operation> Postponed { get; } = [];

    public List<Guid> CapturesToDrop { get; } = [];

    public List<Guid> LooksToDrop { get; } = [];

    public List<(Operation Operation, GatewayAnswer Answer, Payment Payment)> Transactions { get; } = [];

    public List<Journal> Journals { get; } = [];

    public List<IEvent> Events { get; } = [];
}
