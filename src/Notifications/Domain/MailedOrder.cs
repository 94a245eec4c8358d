using System.Globalization;
using System.Text.Json;
using Npgsql;
using Souk.Contracts;
using Souk.Contracts.Orders;
using Souk.Notifications.Templates;
using Souk.Platform;

namespace Souk.Notifications.Domain;

/// <summary>What a message about an order may show of it.</summary>
internal sealed record MailedOrder(
    Guid Id, string Number, string Currency, long TotalMinor, Guid ContactId, Guid? AccountId, MailedLine[] Lines)
{
    public const string Columns =
        "o.id, o.number, o.currency, o.total_minor, o.contact_id, o.account_id, o.lines::text";

    /// <param name="row">The row.</param>
    /// <param name="from">Where the columns begin.</param>
    public static MailedOrder Read(NpgsqlDataReader row, int from = 0) => new(
        row.GetGuid(from), row.GetString(from + 1), row.GetString(from + 2), row.GetInt64(from + 3),
        row.GetGuid(from + 4),
        row.IsDBNull(from + 5) ? null : row.GetGuid(from + 5),
        JsonSerializer.Deserialize<MailedLine[]>(row.GetString(from + 6), Json.Events)!);

    /// <summary>The values of a template.</summary>
    /// <param name="companyId">Only the lines of this company; null for all.</param>
    /// <param name="data">What the message shows besides: <see cref="MailFacts" />.</param>
    /// <param name="locale">The language that amounts are written for.</param>
    public Dictionary<string, object?> Show(Guid? companyId, string? data, string locale)
    {
        var facts = data is null ? new MailFacts() : JsonSerializer.Deserialize<MailFacts>(data, Json.Events)!;
        var lines = Lines
            .Where(line => companyId is null || line.CompanyId == companyId)
            .Select(line => line with { Quantity = facts.PiecesOf(line) })
            .Where(line => line.Quantity > 0)
            .ToList();
        return new()
        {
            ["number"] = Number,
            ["total"] = Amount(TotalMinor),
            ["amount"] = facts.AmountMinor is { } amount ? Amount(amount) : null,
            ["reason"] = facts.Reason?.Replace('_', ' '),
            ["carrier"] = facts.Carrier,
            ["tracking_number"] = facts.TrackingNumber,
            ["partly"] = lines.Sum(line => line.Quantity) < Lines.Sum(line => line.Quantity),
            ["lines"] = lines.Select(line => new Dictionary<string, object?>
            {
                ["quantity"] = line.Quantity,
                ["title"] = line.Title,
                ["sku"] = line.Sku,
                ["items"] = Amount(line.ItemsMinor),
                ["total"] = Amount(line.TotalMinor),
            }).ToList(),
        };

        string Amount(long minor) => Locales.Amount(minor, Currency, locale);
    }
}

/// <summary>A line of it.</summary>
internal sealed record MailedLine(
    Guid LineId, Guid CompanyId, string Title, string Sku, int Quantity, long ItemsMinor, long TotalMinor)
{
    public static MailedLine Of(OrderedLine line) => new(
        line.LineId, line.CompanyId, line.Title, line.Sku, line.Quantity, line.UnitPriceMinor * line.Quantity,
        line.TotalMinor);
}

/// <summary>What a mail shows besides its order: of a shipment, a cancellation, a refund; or without one: of stock, a payout, a cart.</summary>
internal sealed record MailFacts(
    Guid[]? LineIds = null, int[]? Quantities = null, string? Carrier = null, string? TrackingNumber = null,
    string? Reason = null, long? AmountMinor = null,
    string? Sku = null, string? Title = null, long? Left = null, long? LowStockAt = null,
    string? Currency = null, string? Cart = null)
{
    /// <summary>Pieces that the mail is about, which may be some of a line.</summary>
    public static MailFacts Of(
        IReadOnlyList<LineQuantity> lines, string? carrier = null, string? trackingNumber = null, string? reason = null) =>
        new(
            [.. lines.Select(line => line.LineId)], [.. lines.Select(line => line.Quantity)], carrier, trackingNumber,
            reason);

    /// <summary>The values of a template that is about no order.</summary>
    /// <param name="data">These, as JSON; or what staff gave in their place.</param>
    /// <param name="locale">The language that amounts are written for.</param>
    public static Dictionary<string, object?> Show(string data, string locale)
    {
        var values = Renderer.Values(JsonDocument.Parse(data).RootElement);
        if (values.GetValueOrDefault("currency") is string currency && Currencies.Knows(currency)
            && values.GetValueOrDefault("amount_minor") is string digits
            && long.TryParse(digits, CultureInfo.InvariantCulture, out var minor))
            values["amount"] = Locales.Amount(minor, currency, locale);
        return values;
    }

    /// <summary>How many pieces of a line it is about; all of them when it does not say.</summary>
    public int PiecesOf(MailedLine line) => LineIds is null ? line.Quantity
        : Array.IndexOf(LineIds, line.LineId) is var at and >= 0 ? Quantities?[at] ?? line.Quantity
        : 0;
}

/// <summary>A mail as it lies in the queue.</summary>
internal sealed record QueuedMail(
    Guid Id, string? Template, Guid? OrderId, Guid? CompanyId, Guid? AccountId, Guid? RequestId, string? Address, string? Data,
    string? Subject, string? Body, string? Kind, int Attempts);

/// <summary>A mail for the queue.</summary>
internal sealed record NewMail(
    string Template, Guid? OrderId = null, Guid? CompanyId = null, Guid? RequestId = null, MailFacts? Facts = null,
    Guid? AccountId = null)
{
    public Guid Id { get; } = Guid.CreateVersion7();
}
