using System.Globalization;
using System.Text.Json;
using Souk.Contracts;
using Souk.Contracts.Carts;
using Souk.Contracts.Identity;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform;
using Souk.Platform.Mail;

namespace Souk.Notifications;

/// <summary>A mail with its recipients, or why there is none.</summary>
internal sealed record Letter(OutgoingMail? Mail, int? TemplateVersion, string? SkippedBecause);

/// <summary>
/// Makes the mail of a queue row in the moment it is sent: who gets it is asked now, so an address that was changed or erased
/// meanwhile is right, and none lies in the queue.
/// </summary>
internal sealed class Letters(NotificationsDb db, Renderer renderer, IIdentityApi identity, ICartsApi carts)
{
    public async Task<Letter> Write(QueuedMail mail, CancellationToken ct)
    {
        if (mail.RequestId is { } request)
            return await identity.Link(request, ct) is { } link
                ? await Render(mail, [link.To], new() { ["link"] = link.Link, ["token"] = link.Token, ["about"] = link.About }, ct)
                : new(null, null, "The link was used or has run out.");

        var order = mail.OrderId is { } id ? await Order(id, ct) : null;
        IReadOnlyList<Addressee> to = mail switch
        {
            { CompanyId: { } company } => await identity.Company(company, ct),
            { AccountId: { } account } => One(await identity.Account(account, ct)),
            { Address: { } address } => [new Addressee(address, "", "en")],
            _ when order is not null => One(await Buyer(order, ct)),
            _ => [],
        };
        return to.Count == 0
            ? new(null, null, "There is nobody to send it to.")
            : await Render(mail, to, order is null ? [] : Show(order, mail), ct);
    }

    private async Task<Letter> Render(QueuedMail mail, IReadOnlyList<Addressee> to, Dictionary<string, object?> data, CancellationToken ct)
    {
        if (mail.Template is null)
            return new(new OutgoingMail(mail.Id, to, mail.Subject!, mail.Body!, Html: null), null, null);
        var template = await db.Template(mail.Template, version: null, ct)
            ?? throw new MailRefusedException($"There is no template '{mail.Template}'.");
        data["name"] = to is [{ Name: { Length: > 0 } name }] ? name : null;
        if (mail.OrderId is null && mail.Data is not null)
            foreach (var (key, value) in Renderer.Values(JsonDocument.Parse(mail.Data).RootElement))
                data[key] = value;
        var rendered = renderer.Render(template, data);
        return new(new OutgoingMail(mail.Id, to, rendered.Subject, rendered.Text, rendered.Html), template.Version, null);
    }

    private async Task<MailedOrder> Order(Guid id, CancellationToken ct)
    {
        var found = await db.Query(
            "select number, currency, total_minor, contact_id, lines::text from orders where id = $1",
            row => new MailedOrder(id, row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetGuid(3),
                JsonSerializer.Deserialize<MailedLine[]>(row.GetString(4), Json.Events)!),
            ct, id);
        // A refund is told by another service than the order: it may be faster. The mail is tried again.
        return found is [var order] ? order : throw new InvalidOperationException("The order is not known yet.");
    }

    private async Task<Addressee?> Buyer(MailedOrder order, CancellationToken ct) =>
        await carts.Contact(order.ContactId, ct) is { } contact ? new Addressee(contact.Email, contact.Name, "en") : null;

    private static Dictionary<string, object?> Show(MailedOrder order, QueuedMail mail)
    {
        var facts = mail.Data is null ? new MailFacts() : JsonSerializer.Deserialize<MailFacts>(mail.Data, Json.Events)!;
        var lines = order.Lines
            .Where(line => mail.CompanyId is null || line.CompanyId == mail.CompanyId)
            .Where(line => facts.LineIds is null || facts.LineIds.Contains(line.LineId))
            .ToList();
        return new()
        {
            ["number"] = order.Number,
            ["total"] = Amount(order.TotalMinor, order.Currency),
            ["amount"] = facts.AmountMinor is { } amount ? Amount(amount, order.Currency) : null,
            ["reason"] = facts.Reason?.Replace('_', ' '),
            ["carrier"] = facts.Carrier,
            ["tracking_number"] = facts.TrackingNumber,
            ["partly"] = lines.Count < order.Lines.Length,
            ["lines"] = lines.Select(line => new Dictionary<string, object?>
            {
                ["quantity"] = line.Quantity,
                ["title"] = line.Title,
                ["sku"] = line.Sku,
                ["items"] = Amount(line.ItemsMinor, order.Currency),
                ["total"] = Amount(line.TotalMinor, order.Currency),
            }).ToList(),
        };
    }

    private static string Amount(long minor, string currency) => string.Create(
        CultureInfo.InvariantCulture, $"{Currencies.ToMajor(minor, currency).ToString("F" + Currencies.Digits(currency), CultureInfo.InvariantCulture)} {currency}");

    private static Addressee[] One(Addressee? addressee) => addressee is null ? [] : [addressee];
}
