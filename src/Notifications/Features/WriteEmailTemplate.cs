using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Notifications.Templates;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Mail;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>Writes a new template, or a new version of one. Older versions stay; what was sent names the version it came from. Staff.</summary>
internal static class WriteEmailTemplate
{
    private static readonly WriteEmailTemplateRequest Example = new(
        "order_shipped", "On its way: {{number}}", "Hello {{name}},\n\nyour order {{number}} is on its way.", "<p>Hello {{name}}</p>");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/email-templates", Create)
            .RequirePermission(Permissions.EmailsManage)
            .Idempotent()
            .WithSummary("Add an e-mail template")
            .Problems("already_exists", "422 invalid_template")
            .WithExample(request: Example with { Name = "welcome" });
        routes.MapPut("/email-templates/{name}", Change)
            .RequirePermission(Permissions.EmailsManage)
            .WithSummary("Write a new version of an e-mail template")
            .WithDescription("Of the one in the language `locale`; one in another language is added with `POST`.")
            .Problems("changed_meanwhile", "412 stale", "422 invalid_template")
            .WithExample(request: new ChangeEmailTemplateRequest(Example.Subject, Example.Text, Example.Html));
        routes.MapPost("/email/template", CreateOrChange)
            .RequirePermission(Permissions.EmailsManage)
            .Idempotent()
            .WithSummary("Add an e-mail template, or a new version of it")
            .Problems("422 invalid_template")
            .WithExample(request: Example)
            .Alias("POST /email-templates");
    }

    private static async Task<Created<EmailTemplateAnswer>> Create(
        WriteEmailTemplateRequest request, Caller caller, NotificationsDb db, IOptions<MailOptions> options,
        CancellationToken ct)
    {
        var locale = request.Locale ?? options.Value.Locale;
        if (await db.Template(request.Name, [locale], ct) is not null)
            throw new RuleException(
                "already_exists",
                "There is a template of this name in this language. Write a new version of it with PUT.");
        var version = await db.NewestVersion(request.Name, ct) + 1;
        var made = Write(
            db, caller, new Template(request.Name, locale, version, request.Subject, request.Text, request.Html),
            before: null);
        return TypedResults.Created($"/email-templates/{request.Name}?locale={locale}", made);
    }

    private static async Task<EmailTemplateAnswer> Change(
        string name, ChangeEmailTemplateRequest request, Caller caller, NotificationsDb db,
        IOptions<MailOptions> options,
        HttpContext http, CancellationToken ct)
    {
        var locale = request.Locale ?? options.Value.Locale;
        var current = await db.Template(name, [locale], ct) ?? throw RuleException.NotFound();
        ETag.Check(http, current.Version);
        var version = await db.NewestVersion(name, ct) + 1;
        ETag.Set(http, version);
        return Write(
            db, caller, new Template(name, locale, version, request.Subject, request.Text, request.Html), current);
    }

    private static async Task<EmailTemplateAnswer> CreateOrChange(
        WriteEmailTemplateRequest request, Caller caller, NotificationsDb db, IOptions<MailOptions> options,
        CancellationToken ct)
    {
        var locale = request.Locale ?? options.Value.Locale;
        var current = await db.Template(request.Name, [locale], ct);
        var version = await db.NewestVersion(request.Name, ct) + 1;
        return Write(
            db, caller, new Template(request.Name, locale, version, request.Subject, request.Text, request.Html),
            current);
    }

    private static EmailTemplateAnswer Write(NotificationsDb db, Caller caller, Template template, Template? before)
    {
        foreach (var (pointer, source) in new[] { ("/subject", template.Subject), ("/text", template.Text), ("/html", template.Html ?? "") })
            if (Renderer.Problem(source) is { } problem)
                throw RuleException.Invalid(pointer, "invalid_template", $"This is no template: {problem}");
        // Two who write the same version: the key of the table keeps one, the other is told (409).
        db.RunMust("""
            insert into template_versions (name, locale, version, subject, text, html, account_id)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning 1
            """,
            template.Name, template.Locale, template.Version, template.Subject, template.Text, Pg.Text(template.Html),
            Pg.Uuid(caller.AccountId));
        // Templates have names, the trail has ids: it is the account's doing that is recorded.
        db.Audit(
            caller, "email_template.write", "account", caller.AccountId!.Value,
            before: before is null ? null : new { before.Name, before.Locale, before.Version },
            after: new { template.Name, template.Locale, template.Version });
        return EmailTemplateAnswer.Of(template);
    }
}

/// <summary>A template to write.</summary>
/// <param name="Name">Small letters, digits and underscores.</param>
/// <param name="Subject">Handlebars; one line.</param>
/// <param name="Text">Handlebars; the plain text.</param>
/// <param name="Html">Handlebars; the inner HTML. Left out for plain text only.</param>
/// <param name="Locale">Its language, BCP 47; left out for the marketplace's own.</param>
public sealed record WriteEmailTemplateRequest(
    [property: Required, RegularExpression("^[a-z][a-z0-9_]{0,59}$")] string Name,
    [property: Required, StringLength(300)] string Subject,
    [property: Required, StringLength(50_000)] string Text,
    [property: StringLength(100_000)] string? Html = null,
    [property: RegularExpression(Locales.Pattern)] string? Locale = null);

/// <summary>A new version of a template.</summary>
/// <param name="Subject">Handlebars; one line.</param>
/// <param name="Text">Handlebars; the plain text.</param>
/// <param name="Html">Handlebars; the inner HTML. Left out for plain text only.</param>
/// <param name="Locale">Its language, BCP 47; left out for the marketplace's own.</param>
public sealed record ChangeEmailTemplateRequest(
    [property: Required, StringLength(300)] string Subject,
    [property: Required, StringLength(50_000)] string Text,
    [property: StringLength(100_000)] string? Html = null,
    [property: RegularExpression(Locales.Pattern)] string? Locale = null);
