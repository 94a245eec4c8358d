using System.Text.Json;
using Npgsql;
using Souk.Carts.Domain;
using Souk.Contracts.Carts;
using Souk.Platform;

namespace Souk.Carts;

/// <summary>Reads the rows of <see cref="CartSql" />.</summary>
internal static class CartRows
{
    /// <summary>One row of a cart: the cart's own columns, repeated, and one line; a cart without lines is one row.</summary>
    internal readonly record struct Row(Cart Cart, BasketLine? Line);

    public static Row Read(NpgsqlDataReader reader)
    {
        var id = reader.GetGuid(0);
        Guid? orderId = reader.IsDBNull(1) ? null : reader.GetGuid(1);
        var line = reader.IsDBNull(8) ? null : Line(reader);
        var contact = reader.IsDBNull(3) ? null : JsonSerializer.Deserialize<ContactCard>(reader.GetString(3), Json.Events);
        return new Row(
            new Cart(
                id, orderId, reader.GetInt64(2), contact, Choices(reader.GetFieldValue<Guid[]>(4), reader.GetFieldValue<Guid[]>(5)),
                reader.GetFieldValue<string[]>(6), [], reader.GetFieldValue<DateTimeOffset>(7)),
            line);
    }

    /// <summary>Only the line, for the rows after the first.</summary>
    public static Row ReadLine(NpgsqlDataReader reader) => new(null!, Line(reader));

    private static BasketLine Line(NpgsqlDataReader reader)
    {
        var offerId = reader.GetGuid(8);
        return new BasketLine(offerId, reader.GetInt32(9), reader.GetInt64(10), reader.IsDBNull(11) ? null : Offer(reader, offerId, 11));
    }

    /// <summary>An offer whose columns, without its id, begin at <paramref name="at" />.</summary>
    public static Offer Offer(NpgsqlDataReader reader, Guid id, int at) => new(
        id,
        ProductId: reader.GetGuid(at),
        VariantId: reader.GetGuid(at + 1),
        CompanyId: reader.GetGuid(at + 2),
        ShopId: reader.GetGuid(at + 3),
        reader.GetString(at + 4),
        reader.GetString(at + 5),
        reader.GetInt64(at + 6),
        reader.GetString(at + 7),
        reader.IsDBNull(at + 8) ? null : reader.GetInt64(at + 8),
        reader.GetString(at + 9),
        reader.GetFieldValue<Guid[]>(at + 10),
        reader.GetBoolean(at + 11),
        reader.IsDBNull(at + 12) ? null : reader.GetInt64(at + 12));

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
