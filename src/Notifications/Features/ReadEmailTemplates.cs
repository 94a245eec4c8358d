using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Notifications.Templates;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Mail;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>Lists and shows templates of e-mails, the newest version of each in each of its languages. Staff.</summary>
internal static class ReadEmailTemplates
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/email-templates", List)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("List e-mail templates")
            .WithDescription("The newest version in each language. Filter: `locale`.");
        routes.MapGet("/email-templates/{name}", One)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("Read an e-mail template")
            .WithDescription(
                "What a mail in the language `locale` is made from, which may be of one that stands in for it; or "
                + "the one that `version` names. Version 0 is the built-in one.");
    }

    private static async Task<Page<EmailTemplateAnswer>> List(
        [RegularExpression(Locales.Pattern)] string? locale, PageRequest page, NotificationsDb db, CancellationToken ct)
    {
        page.Sort("name");
        var written = await db.Query($"""
            select distinct on (name, locale) {TemplateBook.Columns} from template_versions
             where $1::text is null or locale = $1 order by name, locale, version desc
            """, TemplateBook.Read, ct, Pg.Text(locale));
        var after = page.After is { } last ? (Name: last.Get<string>(0), Locale: last.Get<string>(1)) : default;
        var rows = BuiltIn.All.Values.Where(template => locale is null || template.Locale == locale)
            .ExceptBy(written.Select(Key), Key)
            .Concat(written)
            .Where(template => after.Name is null || Compare(Key(template), after) > 0)
            .Order(Comparer<Template>.Create((one, other) => Compare(Key(one), Key(other))))
            .Take(page.Take)
            .ToList();
        return page.Result(rows, template => [template.Name, template.Locale], EmailTemplateAnswer.Of);
    }

    private static async Task<EmailTemplateAnswer> One(
        string name, [Range(0, int.MaxValue)] int? version, [RegularExpression(Locales.Pattern)] string? locale,
        NotificationsDb db, IOptions<MailOptions> options, HttpContext http, CancellationToken ct)
    {
        var locales = Locales.Chain(locale, options.Value.Locale);
        var template = (version is { } one
            ? await db.Version(name, one, locales, ct)
            : await db.Template(name, locales, ct)) ?? throw RuleException.NotFound();
        ETag.Set(http, template.Version);
        return EmailTemplateAnswer.Of(template);
    }

    private static (string Name, string Locale) Key(Template template) => (template.Name, template.Locale);

    private static int Compare((string Name, string Locale) one, (string Name, string Locale) other) =>
        string.CompareOrdinal(one.Name, other.Name) is var order and not 0
            ? order
            : string.CompareOrdinal(one.Locale, other.Locale);
}

/// <summary>A template of e-mails: Handlebars.</summary>
/// <param name="Name">Its name; also its id.</param>
/// <param name="Locale">Its language, BCP 47.</param>
/// <param name="Version">0 for the built-in one, then 1, 2, … over all its languages; its ETag.</param>
/// <param name="BuiltIn">Whether the marketplace itself sends mails by this name.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The inner HTML, put into the frame that all mails share.</param>
public sealed record EmailTemplateAnswer(
    string Name, string Locale, int Version, bool BuiltIn, string Subject, string Text, string? Html)
{
    internal static EmailTemplateAnswer Of(Template template) => new(
        template.Name, template.Locale, template.Version, Templates.BuiltIn.Has(template.Name), template.Subject,
        template.Text, template.Html);
}
