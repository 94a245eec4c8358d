using Npgsql;
using Souk.Carts.Features;
using Souk.Contracts.Catalog;
using Souk.Platform.Db;

namespace Souk.Carts;

/// <summary>
/// The projection of Catalog's offers. A cart that meets an offer which the events have not brought yet asks Catalog once and
/// writes it down, with its version: the event that follows changes nothing.
/// </summary>
internal sealed class OfferBook(ICatalogApi catalog)
{
    // As many as Catalog answers at once.
    private const int AskedMax = 100;

    /// <summary>Writes offers down, the newest state of each; with the transaction, nothing is sent yet.</summary>
    public static void Put(CartsDb db, IEnumerable<OfferChanged> changes)
    {
        // One row per offer, the newest, in the order of the key: two batches never wait for each other crosswise.
        OfferChanged[] offers = [.. changes.GroupBy(offer => offer.OfferId).Select(same => same.MaxBy(offer => offer.Version)!).OrderBy(offer => offer.OfferId)];
        if (offers.Length == 0)
            return;
        db.Run(
            CartSql.PutOffers,
            offers.Select(offer => offer.OfferId).ToArray(),
            offers.Select(offer => offer.ProductId).ToArray(),
            offers.Select(offer => offer.VariantId).ToArray(),
            offers.Select(offer => offer.CompanyId).ToArray(),
            offers.Select(offer => offer.ShopId).ToArray(),
            offers.Select(offer => offer.Sku).ToArray(),
            offers.Select(offer => offer.Title).ToArray(),
            offers.Select(offer => offer.PriceMinor).ToArray(),
            offers.Select(offer => offer.Currency).ToArray(),
            Pg.Bigints([.. offers.Select(offer => offer.DeliveryFeeMinor)]),
            offers.Select(offer => offer.TaxCategory).ToArray(),
            // An array of arrays must be rectangular, categories are not: they travel as their text.
            offers.Select(offer => "{" + string.Join(',', offer.CategoryIds) + "}").ToArray(),
            new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer | NpgsqlTypes.NpgsqlDbType.Array, Value = offers.Select(offer => offer.WeightGrams).ToArray() },
            offers.Select(offer => offer.Active).ToArray(),
            offers.Select(offer => offer.Version).ToArray());
    }

    /// <summary>Asks Catalog for offers that are not known here. Answers whether it knew any.</summary>
    public async Task<bool> Learn(Guid[] offerIds, CartsDb db, CancellationToken ct)
    {
        var offers = new List<OfferChanged>();
        foreach (var some in offerIds.Chunk(AskedMax))
            offers.AddRange(await catalog.Offers(some, ct));
        Put(db, offers);
        return offers.Count > 0;
    }

    /// <summary>The offers of products that can be bought: in stock first, then cheapest first.</summary>
    public async Task<List<OfferRow>> OffersOf(Guid[] productIds, CartsDb db, CancellationToken ct)
    {
        var rows = await Read(productIds, db, ct);
        Guid[] unknown = [.. productIds.Except(rows.Select(row => row.ProductId))];
        if (unknown.Length == 0)
            return rows;
        foreach (var productId in unknown)
            Put(db, await catalog.OffersOfProduct(productId, ct));
        return await Read(productIds, db, ct);
    }

    private static Task<List<OfferRow>> Read(Guid[] productIds, CartsDb db, CancellationToken ct) => db.Query(
        CartSql.OffersOfProducts,
        row => new OfferRow(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetInt64(4), row.GetString(5), row.GetGuid(6)),
        ct, productIds);
}
