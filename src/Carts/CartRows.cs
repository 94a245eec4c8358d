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
        Nullable<int>(reader, 12),
        reader.GetBoolean(13),
        Nullable<long>(reader, 14));

    public static Promotion Promotion(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        CompanyId = Nullable<Guid>(reader, 1),
        Name = reader.GetString(2),
        Code = Text(reader, 3),
        HasUniqueCodes = PromotionRow.IsOfUniqueCodes(Text(reader, 3)),
        Kind = reader.GetString(4),
        Percent = Nullable<decimal>(reader, 5),
        AmountMinor = Nullable<long>(reader, 6),
        Currency = Text(reader, 7),
        BuyQuantity = reader.GetInt32(8),
        GetQuantity = reader.GetInt32(9),
        GetProductIds = reader.GetFieldValue<Guid[]>(10),
        MinimumMinor = Nullable<long>(reader, 11),
        CategoryId = Nullable<Guid>(reader, 12),
        ProductIds = reader.GetFieldValue<Guid[]>(13),
        SellerId = Nullable<Guid>(reader, 14),
        CustomerGroupId = Nullable<Guid>(reader, 15),
        FirstOrder = reader.GetBoolean(16),
        StartsAt = Nullable<DateTimeOffset>(reader, 17),
        EndsAt = Nullable<DateTimeOffset>(reader, 18),
        UsesMax = Nullable<long>(reader, 19),
        UsesPerCustomerMax = Nullable<int>(reader, 20),
        Priority = reader.GetInt32(21),
        Exclusive = reader.GetBoolean(22),
        ByMarketplace = reader.GetBoolean(23),
        Active = reader.GetBoolean(24),
    };

    /// <summary>A row of <see cref="CouponSql.Asked" />.</summary>
    public static AskedPromotion Asked(NpgsqlDataReader reader) => new(
        Promotion(reader) with { Code = Text(reader, 25) },
        Used: reader.GetInt64(26),
        UsedByCustomer: reader.GetInt32(27),
        CodeIsUsed: reader.GetBoolean(28),
        IsInGroup: reader.GetBoolean(29),
        HasOrdered: reader.GetBoolean(30));

    private static string? Text(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetString(at);

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
