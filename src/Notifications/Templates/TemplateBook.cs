using Npgsql;

namespace Souk.Notifications.Templates;

/// <summary>Finds templates: what staff wrote goes before what is built in, and the nearer language before both.</summary>
internal static class TemplateBook
{
    public const string Columns = "name, locale, version, subject, text, html";

    /// <summary>What a message is made from; null when there is no template of this name in any of the languages.</summary>
    /// <param name="db">The database.</param>
    /// <param name="name">Its name.</param>
    /// <param name="locales">Languages, the most wanted first: <see cref="Locales.Chain" />, or one alone.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<Template?> Template(
        this NotificationsDb db, string name, string[] locales, CancellationToken ct) =>
        (await db.Templates([name], locales, ct)).GetValueOrDefault(name);

    /// <summary>The same for several names; those that are not there are not in it.</summary>
    public static async Task<Dictionary<string, Template>> Templates(
        this NotificationsDb db, string[] names, string[] locales, CancellationToken ct)
    {
        var written = await db.Query($"""
            select distinct on (name, locale) {Columns} from template_versions where name = any($1) and locale = any($2)
             order by name, locale, version desc
            """, Read, ct, names, locales);
        return names
            .Select(name => locales
                .Select(locale => written.Find(one => one.Name == name && one.Locale == locale)
                    ?? BuiltIn.Find(name, locale))
                .FirstOrDefault(template => template is not null))
            .OfType<Template>()
            .ToDictionary(template => template.Name);
    }

    /// <summary>A version of it, whatever its language. 0 is the built-in one, of the nearest of these languages.</summary>
    public static async Task<Template?> Version(
        this NotificationsDb db, string name, int version, string[] locales, CancellationToken ct)
    {
        if (version == 0)
            return locales.Select(locale => BuiltIn.Find(name, locale)).FirstOrDefault(
                template => template is not null);
        var found = await db.Query(
            $"select {Columns} from template_versions where name = $1 and version = $2", Read, ct, name, version);
        return found is [var template] ? template : null;
    }

    /// <summary>The newest version of this name in any language; 0 when staff wrote none.</summary>
    public static async Task<int> NewestVersion(this NotificationsDb db, string name, CancellationToken ct) =>
        (await db.Query(
            "select coalesce(max(version), 0) from template_versions where name = $1", row => row.GetInt32(0), ct,
            name))[0];

    public static Template Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetString(4),
        row.IsDBNull(5) ? null : row.GetString(5));
}
