using Npgsql;
using NpgsqlTypes;

namespace Souk.Platform.Db;

/// <summary>Parameters whose PostgreSQL type cannot be told from their value.</summary>
public static class Pg
{
    /// <summary>A JSON document.</summary>
    public static NpgsqlParameter Jsonb(string? json) => new() { NpgsqlDbType = NpgsqlDbType.Jsonb, Value = (object?)json ?? DBNull.Value };

    /// <summary>An array of JSON documents.</summary>
    public static NpgsqlParameter Jsonb(string?[] json) => new() { NpgsqlDbType = NpgsqlDbType.Jsonb | NpgsqlDbType.Array, Value = json };

    /// <summary>An array of JSON documents in UTF-8, that stay as they are written.</summary>
    public static NpgsqlParameter Json(byte[]?[] json) =>
        new() { NpgsqlDbType = NpgsqlDbType.Json | NpgsqlDbType.Array, Value = json };

    /// <summary>A text that may be null.</summary>
    public static NpgsqlParameter Text(string? value) => new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)value ?? DBNull.Value };

    /// <summary>An id that may be null.</summary>
    public static NpgsqlParameter Uuid(Guid? value) => new() { NpgsqlDbType = NpgsqlDbType.Uuid, Value = (object?)value ?? DBNull.Value };

    /// <summary>A number that may be null.</summary>
    public static NpgsqlParameter Bigint(long? value) => new() { NpgsqlDbType = NpgsqlDbType.Bigint, Value = (object?)value ?? DBNull.Value };

    /// <summary>An array of ids some of which may be null.</summary>
    public static NpgsqlParameter Uuids(Guid?[] values) => new() { NpgsqlDbType = NpgsqlDbType.Uuid | NpgsqlDbType.Array, Value = values };

    /// <summary>An array of numbers some of which may be null.</summary>
    public static NpgsqlParameter Bigints(long?[] values) => new() { NpgsqlDbType = NpgsqlDbType.Bigint | NpgsqlDbType.Array, Value = values };

    /// <summary>An array of texts some of which may be null.</summary>
    public static NpgsqlParameter Texts(string?[] values) => new() { NpgsqlDbType = NpgsqlDbType.Text | NpgsqlDbType.Array, Value = values };

    /// <summary>An array of ids that may be null as a whole.</summary>
    public static NpgsqlParameter UuidArray(Guid[]? values) => new() { NpgsqlDbType = NpgsqlDbType.Uuid | NpgsqlDbType.Array, Value = (object?)values ?? DBNull.Value };

    /// <summary>An array of texts that may be null as a whole.</summary>
    public static NpgsqlParameter TextArray(string[]? values) => new() { NpgsqlDbType = NpgsqlDbType.Text | NpgsqlDbType.Array, Value = (object?)values ?? DBNull.Value };
}
