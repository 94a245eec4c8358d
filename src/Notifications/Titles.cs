using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Mail;

namespace Souk.Notifications;

/// <summary>
/// Writes what notifications say in short when they are read: the subject of the mail that says the same, so that it is in the
/// reader's language, and what staff changed of it holds here too.
/// </summary>
internal sealed class Titles(NotificationsDb db, Renderer renderer, IOptions<MailOptions> options)
{
    public async Task Write(List<Notice> notices, Guid reader, HttpContext http, CancellationToken ct)
    {
        string[] names = [.. notices.Select(notice => notice.Template).OfType<string>().Distinct()];
        if (names.Length == 0)
            return;
        var templates = await db.Templates(names, Locales.Chain(Wanted(http), options.Value.Locale), ct);
        foreach (var notice in notices)
            if (notice.Template is { } name && templates.TryGetValue(name, out var template))
                notice.Title = renderer.Subject(template, Values(notice, reader, template.Locale));
    }

    private static Dictionary<string, object?> Values(Notice notice, Guid reader, string locale) =>
        notice.Order is { } order ? order.Show(notice.CompanyId(reader), notice.Facts, locale)
        : notice.Facts is { } facts ? MailFacts.Show(facts, locale)
        : [];

    private static string? Wanted(HttpContext http) => http.Request.GetTypedHeaders().AcceptLanguage
        .OrderByDescending(language => language.Quality ?? 1)
        .Select(language => Locales.Read(language.Value.ToString()))
        .FirstOrDefault(language => language is not null);
}
