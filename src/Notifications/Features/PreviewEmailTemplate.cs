using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Notifications.Templates;
using Souk.Platform.Http;
using Souk.Platform.Mail;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

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
        string name, PreviewEmailTemplateRequest request, Renderer renderer, NotificationsDb db,
        IOptions<MailOptions> options,
        CancellationToken ct)
    {
        var locales = Locales.Chain(request.Locale, options.Value.Locale);
        var template = (request.Version is { } version
            ? await db.Version(name, version, locales, ct)
            : await db.Template(name, locales, ct)) ?? throw RuleException.NotFound();
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
        return new(template.Name, template.Locale, template.Version, rendered.Subject, rendered.Text, rendered.Html);
    }
}

/// <summary>What to preview.</summary>
/// <param name="Version">A version; left out for the newest.</param>
/// <param name="Data">What the template shows; samples stand for what is left out.</param>
/// <param name="Subject">A draft in place of the subject.</param>
/// <param name="Text">A draft in place of the text.</param>
/// <param name="Html">A draft in place of the HTML.</param>
/// <param name="Locale">The language, BCP 47; left out for the marketplace's own.</param>
public sealed record PreviewEmailTemplateRequest(
    [property: Range(0, int.MaxValue)] int? Version = null,
    JsonElement? Data = null,
    [property: StringLength(300)] string? Subject = null,
    [property: StringLength(50_000)] string? Text = null,
    [property: StringLength(100_000)] string? Html = null,
    [property: RegularExpression(Locales.Pattern)] string? Locale = null);

/// <summary>A template as it would be sent.</summary>
/// <param name="Name">The template.</param>
/// <param name="Locale">Its language.</param>
/// <param name="Version">Its version.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The whole HTML.</param>
public sealed record EmailPreview(string Name, string Locale, int Version, string Subject, string Text, string? Html);
