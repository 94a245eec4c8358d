using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Payments.Domain;

/// <summary>How far a payout came.</summary>
internal enum PayoutStatus
{
    /// <summary>The money is set aside; the marketplace has to approve it.</summary>
    Requested,

    /// <summary>The bank may be told.</summary>
    Approved,

    /// <summary>It left the marketplace's account.</summary>
    Sent,

    /// <summary>The bank could not pay it: the money is owed again.</summary>
    Failed,

    /// <summary>It was given up before it was sent: the money is owed again.</summary>
    Cancelled,
}

/// <summary>One seller's part of an order as payouts see it: what it is worth now, and what they took of it.</summary>
internal readonly record struct Earning(
    Guid OrderId, long GoodsMinor, long DeliveryMinor, long PaidGoodsMinor, long PaidDeliveryMinor)
{
    /// <summary>What the next payout takes of it; less than nothing after a refund of what was paid out.</summary>
    public PayoutItem Due => new(OrderId, GoodsMinor - PaidGoodsMinor, DeliveryMinor - PaidDeliveryMinor);
}

/// <summary>What a payout takes of one order.</summary>
internal readonly record struct PayoutItem(Guid OrderId, long GoodsMinor, long DeliveryMinor)
{
    public bool IsNothing => GoodsMinor == 0 && DeliveryMinor == 0;
}

/// <summary>Money on its way from the marketplace to one seller.</summary>
internal sealed class Payout : IVersioned
{
    // The whole life of a payout. A bank may return what it had sent.
    private static readonly Dictionary<PayoutStatus, PayoutStatus[]> Moves = new()
    {
        [PayoutStatus.Requested] = [PayoutStatus.Approved, PayoutStatus.Cancelled],
        [PayoutStatus.Approved] = [PayoutStatus.Sent, PayoutStatus.Failed, PayoutStatus.Cancelled],
        [PayoutStatus.Sent] = [PayoutStatus.Failed],
        [PayoutStatus.Failed] = [],
        [PayoutStatus.Cancelled] = [],
    };

    public required Guid Id { get; init; }

    public required Guid CompanyId { get; init; }

    public required string Currency { get; init; }

    public required long GoodsMinor { get; init; }

    public required long DeliveryMinor { get; init; }

    public PayoutStatus Status { get; private set; }

    public required string Holder { get; init; }

    public required string Iban { get; init; }

    public string? Bic { get; init; }

    public Guid? FileId { get; private set; }

    public string? Reference { get; private set; }

    public string? Reason { get; private set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ApprovedAt { get; private set; }

    public DateTimeOffset? SentAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public long Version { get; set; }

    public long AmountMinor => GoodsMinor + DeliveryMinor;

    /// <summary>A payout of everything that is due; null when that is nothing, or refunds have eaten it up.</summary>
    public static Payout? Of(PayoutAccount to, string currency, IReadOnlyCollection<PayoutItem> due, DateTimeOffset now)
    {
        var (goods, delivery) = (due.Sum(item => item.GoodsMinor), due.Sum(item => item.DeliveryMinor));
        return goods + delivery <= 0 ? null : new Payout
        {
            Id = Guid.CreateVersion7(), CompanyId = to.CompanyId, Currency = currency, GoodsMinor = goods,
            DeliveryMinor = delivery, Holder = to.Holder, Iban = to.Iban, Bic = to.Bic, CreatedAt = now,
        };
    }

    public bool Can(PayoutStatus next) => Moves[Status].Contains(next);

    public void Approve(DateTimeOffset now)
    {
        MoveTo(PayoutStatus.Approved);
        ApprovedAt = now;
    }

    /// <summary>The bank is told about it in this file; from here on only the bank's answer ends it.</summary>
    public void PutInto(PayoutFile file) => FileId = file.Id;

    /// <summary>It left the marketplace's account. Answers what to book.</summary>
    public Journal Send(string? reference, DateTimeOffset now)
    {
        MoveTo(PayoutStatus.Sent);
        (Reference, SentAt) = (reference, now);
        return Journal.PayoutSent(this);
    }

    /// <summary>The bank could not pay it, or paid it back. Answers what to book.</summary>
    public Journal Fail(string reason, DateTimeOffset now) => Undo(PayoutStatus.Failed, reason, now);

    /// <summary>It is given up. Answers what to book.</summary>
    public Journal Cancel(string reason, DateTimeOffset now)
    {
        if (FileId is not null && Status == PayoutStatus.Approved)
            throw new RuleException("payout_move",
                "The bank was told about this payout. Say whether it sent it or failed.");
        return Undo(PayoutStatus.Cancelled, reason, now);
    }

    private Journal Undo(PayoutStatus to, string reason, DateTimeOffset now)
    {
        var journal = Journal.PayoutUndone(this);
        MoveTo(to);
        (Reason, EndedAt) = (reason, now);
        return journal;
    }

    private void MoveTo(PayoutStatus next)
    {
        if (!Can(next))
            throw new RuleException(
                "payout_move", $"A payout that is {Words.Of(Status)} cannot become {Words.Of(next)}.")
            { More = { ["allowed"] = Moves[Status].Select(Words.Of).ToArray() } };
        Status = next;
    }
}

/// <summary>Approved payouts that go to the bank together.</summary>
internal sealed class PayoutFile
{
    public required Guid Id { get; init; }

    public required string Currency { get; init; }

    public required int Payouts { get; init; }

    public required long AmountMinor { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
