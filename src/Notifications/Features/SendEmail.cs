using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Notifications.Domain;
using Souk.Notifications.Jobs;
using Souk.Notifications.Templates;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Mail;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>Queues an e-mail to an account or an address, from a template or from words. Staff. It is sent within seconds.</summary>
internal static class SendEmail
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        Describe(routes.MapPost("/emails", Handle));
        Describe(routes.MapPost("/email/send", Handle)).Alias("POST /emails");

        static RouteHandlerBuilder Describe(RouteHandlerBuilder route) => route
            .RequirePermission(Permissions.EmailsManage)
            .Idempotent()
            .WithSummary("Send an e-mail")
            .WithDescription(
                "Give either `recipient` or `account_id`, and either `template` (with `data`) or `subject` and `body`. "
                + "What is `news` reaches an account only if it asked for news, and says how to end that.")
            .Problems("422 recipient_required", "422 content_required", "422 unknown_template", "422 account_required")
            .WithExample(request: new SendEmailRequest("anna@example.com", Subject: "Your question", Body: "Dear Anna,\n\nyes, it is dishwasher-safe."));
    }

    private static async Task<Accepted<EmailQueued>> Handle(
        SendEmailRequest request, Caller caller, NotificationsDb db, AddressKeys addresses,
        IOptions<MailOptions> options,
        Wakes<SendMails> wakes, CancellationToken ct)
    {
        if (request.Recipient is null == request.AccountId is null)
            throw RuleException.Invalid("/recipient", "recipient_required", "Give an address or an account, one of them.");
        var words = request.Subject is not null && request.Body is not null;
        if (request.Template is null != words || (request.Template is not null && (request.Subject ?? request.Body) is not null))
            throw RuleException.Invalid("/template", "content_required", "Give a template, or a subject and a body.");
        if (request.Template is { } name
            && await db.Template(name, Locales.Chain(null, options.Value.Locale), ct) is null)
            throw RuleException.Invalid(
                "/template", "unknown_template", "There is no template of this name in the marketplace's language.");

        if (request.Kind == Kinds.News && request.AccountId is null)
            throw RuleException.Invalid(
                "/account_id", "account_required", "News goes to accounts that asked for it. Name the account.");

        var id = Guid.CreateVersion7();
        db.Run("""
            insert into mails (id, template, account_id, address, data, subject, body, sent_by, kind, address_key)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            id, Pg.Text(request.Template), Pg.Uuid(request.AccountId), Pg.Text(request.Recipient),
            Pg.Jsonb(request.Data is { ValueKind: JsonValueKind.Object } data ? data.GetRawText() : null), Pg.Text(request.Subject),
            Pg.Text(request.Body), Pg.Uuid(caller.AccountId), request.Kind,
            Pg.Uuid(request.Recipient is { } address ? addresses.Of(address) : null));
        db.Audit(caller, "email.send", "email", id, after: new { request.Template, request.AccountId, request.Kind });
        db.AfterCommit(wakes.Now);
        return TypedResults.Accepted($"/emails/{id}", new EmailQueued(id, "queued"));
    }
}

/// <summary>An e-mail to send.</summary>
/// <param name="Recipient">The address; or give <paramref name="AccountId" />.</param>
/// <param name="AccountId">The account that gets it.</param>
/// <param name="Subject">One line; with <paramref name="Body" />.</param>
/// <param name="Body">Plain text.</param>
/// <param name="Template">A template in place of subject and body.</param>
/// <param name="Data">What the template shows.</param>
/// <param name="Kind"><c>messages</c> for what concerns this person, <c>news</c> for what goes to many: only to who wants it.</param>
public sealed record SendEmailRequest(
    [property: EmailAddress, StringLength(254)] string? Recipient = null,
    Guid? AccountId = null,
    [property: StringLength(200)] string? Subject = null,
    [property: StringLength(20_000)] string? Body = null,
    [property: StringLength(60)] string? Template = null,
    JsonElement? Data = null,
    [property: AllowedValues(Kinds.Messages, Kinds.News)] string Kind = Kinds.Messages);

/// <summary>An e-mail that waits to be sent.</summary>
/// <param name="Id">The e-mail.</param>
/// <param name="Status"><c>queued</c>.</param>
public sealed record EmailQueued(Guid Id, string Status);
