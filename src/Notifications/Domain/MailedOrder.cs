namespace Souk.Notifications.Domain;

/// <summary>What a mail about an order may show of it.</summary>
internal sealed record MailedOrder(Guid Id, string Number, string Currency, long TotalMinor, Guid ContactId, MailedLine[] Lines);

/// <summary>A line of it.</summary>
internal sealed record MailedLine(Guid LineId, Guid CompanyId, string Title, string Sku, int Quantity, long ItemsMinor, long TotalMinor);

/// <summary>What a mail shows besides its order: of a shipment, a cancellation, a refund.</summary>
internal sealed record MailFacts(
    Guid[]? LineIds = null, string? Carrier = null, string? TrackingNumber = null, string? Reason = null, long? AmountMinor = null);

/// <summary>A mail as it lies in the queue.</summary>
internal sealed record QueuedMail(
    Guid Id, string? Template, Guid? OrderId, Guid? CompanyId, Guid? AccountId, Guid? RequestId, string? Address, string? Data,
    string? Subject, string? Body, int Attempts);

/// <summary>A mail for the queue.</summary>
internal sealed record NewMail(
    string Template, Guid? OrderId = null, Guid? CompanyId = null, Guid? RequestId = null, MailFacts? Facts = null,
    Guid? AccountId = null)
{
    public Guid Id { get; } = Guid.CreateVersion7();
}
