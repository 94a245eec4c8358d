namespace Souk.IntegrationTests.Flows;

/// <summary>A look into the books of a marketplace, by its owner's connection.</summary>
internal static class Books
{
    /// <summary>How many pieces of an offer lie in the warehouses, and how many of them are promised.</summary>
    public static async Task<(long OnHand, long Reserved)> Stock(this SoukServer souk, Guid offer) => (await souk.Query(
        "select coalesce(sum(on_hand), 0)::bigint, coalesce(sum(reserved), 0)::bigint from inventory.stock where offer_id = $1",
        row => (row.GetInt64(0), row.GetInt64(1)), offer)).Single();
}
