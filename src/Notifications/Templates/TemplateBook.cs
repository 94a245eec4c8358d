using Npgsql;

namespace Souk.Notifications.Templates;

/// <summary>Finds templates: the newest version that staff wrote, else the built-in one.</summary>
internal static class TemplateBook
{
    public const string Columns = "name, version, subject, text, html";

    /// <summary>A version of a template, or its newest; null when there is none.</summary>
    public static async Task<Template?> Template(this NotificationsDb db, string name, int? version, CancellationToken ct)
    {
        var found = version == 0 ? [] : await db.Query(
            $"select {Columns} from template_versions where name = $1 and ($2::int is null or version = $2) order by version desc limit 1",
            Read, ct, name, new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer, Value = (object?)version ?? DBNull.Value });
        return found is [var written] ? written
            : version is null or 0 && BuiltIn.All.TryGetValue(name, out var builtIn) ? builtIn
            : null;
    }

    public static Template Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4));
}
