using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Notifications.Templates;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>Lists and shows templates of e-mails, the newest version of each. Staff.</summary>
internal static class ReadEmailTemplates
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/email-templates", List)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("List e-mail templates");
        routes.MapGet("/email-templates/{name}", One)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("Read an e-mail template")
            .WithDescription("The newest version, or the one that `version` names; 0 is the built-in one.");
    }

    private static async Task<Page<EmailTemplateAnswer>> List(PageRequest page, NotificationsDb db, CancellationToken ct)
    {
        page.Sort("name");
        var written = await db.Query(
            $"select distinct on (name) {TemplateBook.Columns} from template_versions order by name, version desc", TemplateBook.Read, ct);
        var after = page.After?.Get<string>(0);
        var rows = BuiltIn.All.Values.ExceptBy(written.Select(template => template.Name), template => template.Name)
            .Concat(written)
            .Where(template => after is null || string.CompareOrdinal(template.Name, after) > 0)
            .OrderBy(template => template.Name, StringComparer.Ordinal)
            .Take(page.Take)
            .ToList();
        return page.Result(rows, template => [template.Name], EmailTemplateAnswer.Of);
    }

    private static async Task<EmailTemplateAnswer> One(string name, [Range(0, int.MaxValue)] int? version, NotificationsDb db, HttpContext http, CancellationToken ct)
    {
        var template = await db.Template(name, version, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, template.Version);
        return EmailTemplateAnswer.Of(template);
    }
}

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

    private static async Task<Created<EmailTemplateAnswer>> Create(WriteEmailTemplateRequest request, Caller caller, NotificationsDb db, CancellationToken ct)
    {
        if (await db.Template(request.Name, version: null, ct) is not null)
            throw new RuleException("already_exists", "There is a template of this name. Write a new version of it with PUT.");
        var made = Write(db, caller, new Template(request.Name, 1, request.Subject, request.Text, request.Html), before: null);
        return TypedResults.Created($"/email-templates/{request.Name}", made);
    }

    private static async Task<EmailTemplateAnswer> Change(
        string name, ChangeEmailTemplateRequest request, Caller caller, NotificationsDb db, HttpContext http, CancellationToken ct)
    {
        var current = await db.Template(name, version: null, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, current.Version);
        ETag.Set(http, current.Version + 1);
        return Write(db, caller, new Template(name, current.Version + 1, request.Subject, request.Text, request.Html), current);
    }

    private static async Task<EmailTemplateAnswer> CreateOrChange(WriteEmailTemplateRequest request, Caller caller, NotificationsDb db, CancellationToken ct)
    {
        var current = await db.Template(request.Name, version: null, ct);
        return Write(db, caller, new Template(request.Name, (current?.Version ?? 0) + 1, request.Subject, request.Text, request.Html), current);
    }

    private static EmailTemplateAnswer Write(NotificationsDb db, Caller caller, Template template, Template? before)
    {
        foreach (var (pointer, source) in new[] { ("/subject", template.Subject), ("/text", template.Text), ("/html", template.Html ?? "") })
            if (Renderer.Problem(source) is { } problem)
                throw RuleException.Invalid(pointer, "invalid_template", $"This is no template: {problem}");
        // Two who write the same version: the key of the table keeps one, the other is told (409).
        db.RunMust("""
            insert into template_versions (name, version, subject, text, html, account_id) values ($1, $2, $3, $4, $5, $6)
            on conflict do nothing returning 1
            """,
            template.Name, template.Version, template.Subject, template.Text, Pg.Text(template.Html), Pg.Uuid(caller.AccountId));
        // Templates have names, the trail has ids: it is the account's doing that is recorded.
        db.Audit(caller, "email_template.write", "account", caller.AccountId!.Value,
            before: before is null ? null : new { before.Name, before.Version }, after: new { template.Name, template.Version });
        return EmailTemplateAnswer.Of(template);
    }
}

/// <summary>Shows a template as it would be sent, with given data or with samples. Changes nothing. Staff.</summary>
internal static class PreviewEmailTemplate
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/email-templates/{name}/preview", Handle)
        .RequirePermission(Permissions.EmailsRead)
        .WithSummary("Preview an e-mail template")
        .WithDescription("With `subject`, `text` and `html` it shows a draft; without them the newest version, or the one that `version` names.")
        .Problems("422 invalid_template")
        .WithExample(request: new PreviewEmailTemplateRequest(Version: 0));

    private static async Task<EmailPreview> Handle(
        string name, PreviewEmailTemplateRequest request, Renderer renderer, NotificationsDb db, CancellationToken ct)
    {
        var template = await db.Template(name, request.Version, ct) ?? throw RuleException.NotFound();
        template = template with
        {
            Subject = request.Subject ?? template.Subject,
            Text = request.Text ?? template.Text,
            Html = request.Html ?? (request.Text is null ? template.Html : null),
        };
        foreach (var (pointer, source) in new[] { ("/subject", template.Subject), ("/text", template.Text), ("/html", template.Html ?? "") })
            if (Renderer.Problem(source) is { } problem)
                throw RuleException.Invalid(pointer, "invalid_template", $"This is no template: {problem}");

        var data = new Dictionary<string, object?>();
        foreach (var sample in BuiltIn.Samples.EnumerateObject())
            foreach (var (key, value) in Renderer.Values(sample.Value))
                data[key] = value;
        foreach (var (key, value) in request.Data is { } given ? Renderer.Values(given) : [])
            data[key] = value;
        var rendered = renderer.Render(template, data);
        return new(template.Name, template.Version, rendered.Subject, rendered.Text, rendered.Html);
    }
}

/// <summary>A template of e-mails: Handlebars.</summary>
/// <param name="Name">Its name; also its id.</param>
/// <param name="Version">0 for the built-in one, then 1, 2, …; its ETag.</param>
/// <param name="BuiltIn">Whether the marketplace itself sends mails by this name.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The inner HTML, put into the frame that all mails share.</param>
public sealed record EmailTemplateAnswer(string Name, int Version, bool BuiltIn, string Subject, string Text, string? Html)
{
    internal static EmailTemplateAnswer Of(Template template) => new(
        template.Name, template.Version, Templates.BuiltIn.All.ContainsKey(template.Name), template.Subject, template.Text, template.Html);
}

/// <summary>A template to write.</summary>
/// <param name="Name">Small letters, digits and underscores.</param>
/// <param name="Subject">Handlebars; one line.</param>
/// <param name="Text">Handlebars; the plain text.</param>
/// <param name="Html">Handlebars; the inner HTML. Left out for plain text only.</param>
public sealed record WriteEmailTemplateRequest(
    [property: Required, RegularExpression("^[a-z][a-z0-9_]{0,59}$")] string Name,
    [property: Required, StringLength(300)] string Subject,
    [property: Required, StringLength(50_000)] string Text,
    [property: StringLength(100_000)] string? Html = null);

/// <summary>A new version of a template.</summary>
/// <param name="Subject">Handlebars; one line.</param>
/// <param name="Text">Handlebars; the plain text.</param>
/// <param name="Html">Handlebars; the inner HTML. Left out for plain text only.</param>
public sealed record ChangeEmailTemplateRequest(
    [property: Required, StringLength(300)] string Subject,
    [property: Required, StringLength(50_000)] string Text,
    [property: StringLength(100_000)] string? Html = null);

/// <summary>What to preview.</summary>
/// <param name="Version">A version; left out for the newest.</param>
/// <param name="Data">What the template shows; samples stand for what is left out.</param>
/// <param name="Subject">A draft in place of the subject.</param>
/// <param name="Text">A draft in place of the text.</param>
/// <param name="Html">A draft in place of the HTML.</param>
public sealed record PreviewEmailTemplateRequest(
    [property: Range(0, int.MaxValue)] int? Version = null,
    JsonElement? Data = null,
    [property: StringLength(300)] string? Subject = null,
    [property: StringLength(50_000)] string? Text = null,
    [property: StringLength(100_000)] string? Html = null);

/// <summary>A template as it would be sent.</summary>
/// <param name="Name">The template.</param>
/// <param name="Version">Its version.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The whole HTML.</param>
public sealed record EmailPreview(string Name, int Version, string Subject, string Text, string? Html);
