using System.Text.Json;
using Npgsql;
using Souk.Carts.Domain;
using Souk.Contracts.Carts;
using Souk.Platform;

namespace Souk.Carts;

/// <summary>Reads the rows of <see cref="CartSql" />.</summary>
internal static class CartRows
{
    /// <summary>A cart without its lines, and the lines as arrays.</summary>
    internal readonly record struct Row(Cart Cart, Guid[] OfferIds, int[] Quantities, long[] Prices);

    public static Row Cart(NpgsqlDataReader reader) => new(
        new Cart(
            reader.GetGuid(0),
            reader.IsDBNull(1) ? null : reader.GetGuid(1),
            reader.GetInt64(2),
            reader.IsDBNull(3) ? null : JsonSerializer.Deserialize<ContactCard>(reader.GetString(3), Json.Events),
            Choices(reader.GetFieldValue<Guid[]>(4), reader.GetFieldValue<Guid[]>(5)),
            reader.GetFieldValue<string[]>(6), [], reader.GetFieldValue<DateTimeOffset>(7)),
        reader.GetFieldValue<Guid[]>(8), reader.GetFieldValue<int[]>(9), reader.GetFieldValue<long[]>(10));

    public static Offer Offer(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        ProductId: reader.GetGuid(1),
        VariantId: reader.GetGuid(2),
        CompanyId: reader.GetGuid(3),
        ShopId: reader.GetGuid(4),
        reader.GetString(5),
        reader.GetString(6),
        reader.GetInt64(7),
        reader.GetString(8),
        reader.IsDBNull(9) ? null : reader.GetInt64(9),
        reader.GetString(10),
        reader.GetFieldValue<Guid[]>(11),
        reader.GetBoolean(12),
        reader.IsDBNull(13) ? null : reader.GetInt64(13));

    public static Promotion Promotion(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        Nullable<Guid>(reader, 1),
        reader.GetString(2),
        reader.IsDBNull(3) ? null : reader.GetString(3),
        Nullable<decimal>(reader, 4),
        Nullable<long>(reader, 5),
        reader.IsDBNull(6) ? null : reader.GetString(6),
        Nullable<long>(reader, 7),
        Nullable<Guid>(reader, 8),
        Nullable<DateTimeOffset>(reader, 9),
        Nullable<DateTimeOffset>(reader, 10),
        Nullable<long>(reader, 11),
        Nullable<int>(reader, 12),
        reader.GetBoolean(13),
        reader.GetBoolean(14));

    private static T? Nullable<T>(NpgsqlDataReader reader, int at) where T : struct =>
        reader.IsDBNull(at) ? null : reader.GetFieldValue<T>(at);

    private static DeliveryChoice[] Choices(Guid[] companies, Guid[] methods)
    {
        if (companies.Length == 0)
            return [];
        var choices = new DeliveryChoice[companies.Length];
        for (var i = 0; i < companies.Length; i++)
            choices[i] = new DeliveryChoice(companies[i], methods[i]);
        return choices;
    }
}
