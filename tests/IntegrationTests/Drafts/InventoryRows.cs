using System.Text.Json;
using Souk.IntegrationTests.Carts;

namespace Souk.IntegrationTests.Drafts;

/// <summary>Stock and warehouses.</summary>
internal static class InventoryRows
{
    public static Dictionary<string, Func<DraftMarket, Task>> All { get; } = new()
    {
        ["GET /inventory/products"] = market => ListsStock(market, "/inventory/products"),
        ["GET /inventory/product/{product_id}"] = ShowsStock,
        ["PUT /inventory/product/{product_id}/stock"] = market =>
            SetsStock(market, id => $"/inventory/product/{id}/stock"),
        ["POST /inventory/warehouse"] = OpensAWarehouse,
        ["GET /inventory/warehouses"] = market => ListsWarehouses(market, "/inventory/warehouses"),
        ["GET /warehouses"] = market => ListsWarehouses(market, "/warehouses"),
        ["POST /warehouses"] = OpensAWarehouseInOurWords,
        ["GET /warehouses/{warehouse_id}"] = ShowsAWarehouse,
        ["PUT /warehouses/{warehouse_id}"] = ChangesAWarehouse,
        ["DELETE /warehouses/{warehouse_id}"] = ClosesAWarehouse,
        ["GET /stock-levels"] = market => ListsStock(market, "/stock-levels"),
        ["PUT /stock-levels/{product_id}"] = market => SetsStock(market, id => $"/stock-levels/{id}"),
    };

    private static readonly object Address =
        new { line1 = "Havenweg 12", city = "Rotterdam", country = "NL", postcode = "3011" };

    private static async Task ListsStock(DraftMarket market, string path)
    {
        var (seller, product) = (await market.Seller(), await market.Product("Counted lamp", stock: 6));

        await Eventually(async () =>
        {
            var listed = (await seller.Ask("GET", $"{path}?product_id={product}")).Must(200).GetProperty("data");
            Assert.Equal((1, 6), (listed.GetArrayLength(), listed[0].GetProperty("available").GetInt64()));
        });
    }

    private static async Task ShowsStock(DraftMarket market)
    {
        var (seller, product) = (await market.Seller(), await market.Product("Seen lamp", stock: 5));

        await Eventually(async () => Assert.Equal(5, await OnHand(seller, product)));
    }

    private static async Task SetsStock(DraftMarket market, Func<Guid, string> path)
    {
        var (seller, product) = (await market.Seller(), await market.Product("Stocked lamp"));
        await Eventually(async () => Assert.Equal(3, await OnHand(seller, product)));
        var warehouse = await NewWarehouse(seller);

        (await seller.Ask("PUT", path(product), new { quantity = 7 })).Must(200);
        (await seller.Ask("PUT", path(product), new { quantity = 2, warehouse_id = warehouse })).Must(200);

        Assert.Equal(9, await OnHand(seller, product));
    }

    private static async Task OpensAWarehouse(DraftMarket market)
    {
        var seller = await market.Seller();

        var warehouse = await NewWarehouse(seller);

        var shown = (await seller.Ask("GET", $"/warehouses/{warehouse}")).Must(200);
        Assert.StartsWith("North", shown.Text("name"), StringComparison.Ordinal);
    }

    private static async Task OpensAWarehouseInOurWords(DraftMarket market)
    {
        var seller = await market.Seller();
        await NewWarehouse(seller);

        var made = (await seller.Ask("POST", "/warehouses", new { name = "South", address = Address })).Must(201);

        Assert.Equal("South", (await seller.Ask("GET", $"/warehouses/{made.Id()}")).Must(200).Text("name"));
    }

    private static async Task ListsWarehouses(DraftMarket market, string path)
    {
        var seller = await market.Seller();
        var warehouse = await NewWarehouse(seller);

        var listed = (await seller.Ask("GET", $"{path}?limit=100")).Must(200).GetProperty("data");

        Assert.Contains(warehouse, listed.EnumerateArray().Select(one => one.Id()));
    }

    private static async Task ShowsAWarehouse(DraftMarket market)
    {
        var seller = await market.Seller();
        var warehouse = await NewWarehouse(seller);

        Assert.Equal(warehouse, (await seller.Ask("GET", $"/warehouses/{warehouse}")).Must(200).Id());
    }

    private static async Task ChangesAWarehouse(DraftMarket market)
    {
        var seller = await market.Seller();
        var warehouse = await NewWarehouse(seller);

        (await seller.Ask("PUT", $"/warehouses/{warehouse}", new
        {
            name = "West", address = Address, priority = 10, is_default = false, active = true,
        })).Must(200);

        Assert.Equal("West", (await seller.Ask("GET", $"/warehouses/{warehouse}")).Must(200).Text("name"));
    }

    private static async Task ClosesAWarehouse(DraftMarket market)
    {
        var seller = await market.Seller();
        var warehouse = await NewWarehouse(seller);

        (await seller.Ask("DELETE", $"/warehouses/{warehouse}")).Must(204);

        (await seller.Ask("GET", $"/warehouses/{warehouse}")).Must(404);
    }

    // A company has each name once.
    private static string NewName(string name) => $"{name} {Guid.CreateVersion7():N}";

    // As soon as Inventory has heard of the company.
    private static async Task<Guid> NewWarehouse(Person seller)
    {
        JsonElement made = default;
        await Eventually(async () => made = (await seller.Ask(
            "POST", "/inventory/warehouse",
            new { name = NewName("North"), location = "Havenweg 12, Rotterdam", capacity = 5000 })).Must(201));
        return made.Id();
    }

    private static async Task<long> OnHand(Person seller, Guid product) =>
        (await seller.Ask("GET", $"/inventory/product/{product}")).Must(200).GetProperty("on_hand").GetInt64();
}
