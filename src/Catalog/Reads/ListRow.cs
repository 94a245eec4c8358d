using Npgsql;
using Souk.Catalog.Features;
using Souk.Contracts;
using Souk.Platform.Http;

namespace Souk.Catalog.Reads;

/// <summary>A product in a list, with what it is sorted by.</summary>
internal sealed record ListRow(ListedProduct Answer, string NameKey)
{
    public static ListRow Read(NpgsqlDataReader reader) => new(
        new ListedProduct(
            reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetGuid(4),
            reader.IsDBNull(5) ? null : new Money(reader.GetInt64(5), reader.GetString(6)),
            reader.IsDBNull(13) ? null : new Money(reader.GetInt64(13), reader.GetString(6)), reader.GetInt64(7),
            reader.GetInt32(8),
            reader.GetInt32(9), reader.IsDBNull(10) ? null
                : $"/products/{reader.GetGuid(0)}/images/{reader.GetGuid(10)}",
            reader.GetFieldValue<DateTimeOffset>(12)),
        reader.GetString(11));

    public static Page<ListedProduct> Page(ListSql sql, List<ListRow> rows, PageRequest page) =>
        page.Result(rows, row => [sql.Sort switch
    {
        "-ranking" => row.Answer.Ranking,
        "name" => row.NameKey,
        "-created_at" => null,
        _ => row.Answer.Price?.Amount ?? 0,
    }, row.Answer.Id], row => row.Answer);
}
