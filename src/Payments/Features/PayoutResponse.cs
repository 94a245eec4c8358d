using Souk.Contracts;
using Souk.Payments.Domain;

namespace Souk.Payments.Features;

/// <summary>Money on its way to a seller.</summary>
/// <param name="Id">The payout.</param>
/// <param name="CompanyId">The seller.</param>
/// <param name="Status">requested (waits for the marketplace), approved, sent, failed, cancelled.</param>
/// <param name="Amount">How much.</param>
/// <param name="Goods">Of it for goods, less commission and refunds.</param>
/// <param name="Delivery">Of it for delivery, less refunds.</param>
/// <param name="Holder">Whose account it goes to.</param>
/// <param name="Iban">The account, in part.</param>
/// <param name="FileId">The file with which the bank was told.</param>
/// <param name="Reference">The bank's name of the transfer.</param>
/// <param name="Reason">Why it failed or was cancelled.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="ApprovedAt">When the marketplace approved it.</param>
/// <param name="SentAt">When it left the marketplace's account.</param>
/// <param name="EndedAt">When it failed or was cancelled.</param>
public sealed record PayoutResponse(
    Guid Id, Guid CompanyId, string Status, Money Amount, Money Goods, Money Delivery, string Holder, string Iban,
    Guid? FileId,
    string? Reference, string? Reason, DateTimeOffset CreatedAt, DateTimeOffset? ApprovedAt, DateTimeOffset? SentAt,
    DateTimeOffset? EndedAt)
{
    internal static PayoutResponse Of(Payout payout) => new(
        payout.Id, payout.CompanyId, Words.Of(payout.Status), new Money(payout.AmountMinor, payout.Currency),
        new Money(payout.GoodsMinor, payout.Currency), new Money(payout.DeliveryMinor, payout.Currency), payout.Holder,
        Domain.Iban.Mask(payout.Iban), payout.FileId, payout.Reference, payout.Reason, payout.CreatedAt,
        payout.ApprovedAt,
        payout.SentAt, payout.EndedAt);
}
