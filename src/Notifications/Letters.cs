using Microsoft.Extensions.Options;
using Souk.Contracts.Carts;
using Souk.Contracts.Identity;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Mail;

namespace Souk.Notifications;

/// <summary>A mail, or why there is none.</summary>
/// <param name="To">Whom it is for; null when nobody is.</param>
/// <param name="AddressKey">Stands for their address.</param>
/// <param name="Mail">The mail; null when none goes out.</param>
/// <param name="TemplateVersion">The version it was made from.</param>
/// <param name="Status">What becomes of it when none goes out: <c>skipped</c> or <c>suppressed</c>.</param>
/// <param name="Because">Why.</param>
internal sealed record Letter(
    Addressee? To, Guid? AddressKey, OutgoingMail? Mail, int? TemplateVersion = null, string? Status = null,
    string? Because = null)
{
    public static Letter Skipped(string because) => new(null, null, null, Status: "skipped", Because: because);
}

/// <summary>
/// Makes the mail of a queue row in the moment it is sent, in the language of whoever gets it: who that is, is asked now, so
/// an address that was changed or erased meanwhile is right, and none lies in the queue.
/// </summary>
internal sealed class Letters(
    NotificationsDb db, Renderer renderer, UnsubscribeLinks unsubscribe, AddressKeys addresses, IIdentityApi identity,
    ICartsApi carts, IOptions<MailOptions> options)
{
    public async Task<Letter> Write(QueuedMail mail, CancellationToken ct)
    {
        if (mail.RequestId is { } request)
            return await identity.Link(request, ct) is { } link
                ? await Render(mail, link.To, _ => Show(link), ct)
                : Letter.Skipped("The link was used or has run out.");

        var kind = Kinds.Of(mail.Kind, mail.Template);
        if (mail.AccountId is { } reader && !await db.WantsEmail(reader, kind, ct))
            return Letter.Skipped($"They do not want mails of the kind '{kind.Name}'.");
        var order = mail.OrderId is { } id ? await Order(id, ct) : null;
        var to = mail switch
        {
            { AccountId: { } account } => await Owner(account, mail.Address, ct),
            // A company without anybody who may see what it is about.
            { CompanyId: not null } => null,
            { Address: { } address } => new Addressee(address, "", options.Value.Locale),
            _ when order is not null => await Buyer(order, ct),
            _ => null,
        };
        return to is null
            ? Letter.Skipped("There is nobody to send it to.")
            : await Render(mail, to, locale => order?.Show(mail.CompanyId, mail.Data, locale) ?? [], ct);
    }

    private async Task<Letter> Render(
        QueuedMail mail, Addressee to, Func<string, Dictionary<string, object?>> show, CancellationToken ct)
    {
        var addressKey = addresses.Of(to.Email);
        if (await db.IsSuppressed(addressKey, ct))
            return new(
                to, addressKey, null, Status: "suppressed",
                Because: "The address gets no mail: it bounced, complained, or staff said so.");
        var kind = Kinds.Of(mail.Kind, mail.Template);
        var end = mail.AccountId is { } account && !kind.IsFixed ? unsubscribe.Url(account, kind) : null;
        if (mail.Template is null)
        {
            var text = renderer.Frame(mail.Body!, to.Locale, end);
            return new(to, addressKey, new OutgoingMail(mail.Id, to, mail.Subject!, text, Html: null, end));
        }
        var template = await db.Template(mail.Template, Locales.Chain(to.Locale, options.Value.Locale), ct)
            ?? throw new MailRefusedException($"There is no template '{mail.Template}'.");
        var data = show(template.Locale);
        data["name"] = to.Name is { Length: > 0 } name ? name : null;
        if (mail.OrderId is null && mail.Data is not null)
            foreach (var (key, value) in MailFacts.Show(mail.Data, template.Locale))
                data[key] = value;
        data["unsubscribe"] = end;
        var rendered = renderer.Render(template, data);
        var made = new OutgoingMail(mail.Id, to, rendered.Subject, rendered.Text, rendered.Html, end);
        return new(to, addressKey, made, template.Version);
    }

    private static Dictionary<string, object?> Show(MailedLink link) =>
        new() { ["link"] = link.Link, ["token"] = link.Token, ["about"] = link.About };

    private async Task<MailedOrder> Order(Guid id, CancellationToken ct)
    {
        var found = await db.Query(
            $"select {MailedOrder.Columns} from orders o where o.id = $1", row => MailedOrder.Read(row), ct, id);
        // A refund is told by another service than the order: it may be faster. The mail is tried again.
        return found is [var order] ? order : throw new InvalidOperationException("The order is not known yet.");
    }

    private async Task<Addressee?> Owner(Guid account, string? keptAddress, CancellationToken ct)
    {
        var owner = await identity.Account(account, ct);
        return keptAddress is null || owner is null ? owner : owner with { Email = keptAddress };
    }

    // In the language they gave with this order, else in that of their account.
    private async Task<Addressee?> Buyer(MailedOrder order, CancellationToken ct)
    {
        if (await carts.Contact(order.ContactId, ct) is not { } contact)
            return null;
        var locale = contact.Locale
            ?? (order.AccountId is { } account ? (await identity.Account(account, ct))?.Locale : null)
            ?? options.Value.Locale;
        return new Addressee(contact.Email, contact.Name, locale, order.AccountId);
    }
}
