using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Notifications.Domain;
using Souk.Platform.Http;
using Souk.Platform.Mail;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Takes what a mail server or a provider says of a mail that bounced, or was called spam. Whoever holds
/// <c>Mail__BounceSecret</c> may. An address that does not exist, or complained, gets no more mail; one that was full or busy
/// stays as it is. Told twice it is done once.
/// </summary>
internal static class ReceiveBounce
{
    private const int BodyMax = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/emails/bounces", Handle)
        .AllowGuests()
        .WithSummary("Webhook of bounced mail")
        .WithDescription(
            "`recipient`, `type` (`hard`, `soft` or `complaint`), `message_id` and `detail`, signed by the rules of "
            + "Standard Webhooks: `webhook-id`, `webhook-timestamp` (within five minutes), `webhook-signature`.")
        .Accepts<object>("application/json")
        .Problems("401 invalid_signature", "413 body_too_large", "422 invalid_email", "422 unknown_value");

    private static async Task<NoContent> Handle(
        HttpRequest request, NotificationsDb db, AddressKeys addresses, IOptions<MailOptions> options,
        TimeProvider clock,
        CancellationToken ct)
    {
        var body = await Body(request, ct);
        // Without a secret nobody can be believed.
        var isOurs = options.Value.BounceSecret is { } secret && new WebhookSignatures(secret, clock).Check(
            request.Headers["webhook-id"].ToString(), request.Headers["webhook-timestamp"].ToString(),
            request.Headers["webhook-signature"].ToString(), body.Span);
        if (!isOurs)
            throw new RuleException(
                401, "invalid_signature",
                "The signature is not ours, or its time is more than five minutes off. Nothing was done.");

        var bounce = Bounce.Read(body.Span);
        var key = addresses.Of(bounce.Recipient);
        if (bounce.MailId is { } mail)
            db.Run($"""
                update mails set error = $3, status = {(bounce.Type == "hard" ? "'bounced'" : "status")}
                 where id = $1 and address_key = $2 and status in ('sent', 'bounced')
                """,
                mail, key, Masks.Addresses(bounce.Detail) ?? bounce.Type);
        if (bounce.Type != "soft")
            db.Suppress(
                key, Masks.Address(bounce.Recipient), bounce.Type == "hard" ? "bounce" : "complaint", bounce.Detail,
                bounce.MailId);
        return TypedResults.NoContent();
    }

    // The bytes as they came: the signature is over them.
    private static async Task<ReadOnlyMemory<byte>> Body(HttpRequest request, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > BodyMax)
                throw new RuleException(413, "body_too_large", "A webhook is at most 64 kB.");
        }
        return bytes.ToArray();
    }
}
