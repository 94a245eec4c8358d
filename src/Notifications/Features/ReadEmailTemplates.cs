using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Notifications.Templates;
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
