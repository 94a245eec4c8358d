using System.Globalization;
using CsvHelper;

namespace Souk.Bench.Olist;

internal sealed record OlistSeller(string Id, string Postcode, string City, string State);

internal sealed record OlistProduct(string Id, string Category, int? WeightGrams);

/// <summary>Items of one order that are the same offer: the sample has them as rows of one piece each.</summary>
internal sealed record OlistLine(string ProductId, string SellerId, int Quantity, long PriceMinor, long FreightMinor)
{
    public string Offer => $"{ProductId}/{SellerId}";
}

internal sealed record OlistPayment(string Type, long AmountMinor);

internal sealed record OlistOrder(
    string Id, string Status, DateTime PurchasedAt, string Postcode, string City, string State, OlistLine[] Lines, OlistPayment[] Payments)
{
    public long ItemsMinor => Lines.Sum(line => line.Quantity * line.PriceMinor);

    public long FreightMinor => Lines.Sum(line => line.Quantity * line.FreightMinor);

    public long TotalMinor => ItemsMinor + FreightMinor;
}

/// <summary>The sample as it is in its files: decimals become minor units, rows of one order come together. Nothing is corrected here.</summary>
internal sealed class OlistData
{
    public required IReadOnlyDictionary<string, OlistSeller> Sellers { get; init; }

    public required IReadOnlyDictionary<string, OlistProduct> Products { get; init; }

    /// <summary>Orders with items, in the order of their purchase.</summary>
    public required IReadOnlyList<OlistOrder> Orders { get; init; }

    /// <summary>Orders without items: there is nothing to buy in them.</summary>
    public required int OrdersWithoutItems { get; init; }

    public static OlistData Read(DirectoryInfo folder)
    {
        var customers = Rows(folder, "customers.csv").ToDictionary(row => row["customer_id"]);
        var items = Rows(folder, "order_items.csv").ToLookup(row => row["order_id"]);
        var payments = Rows(folder, "order_payments.csv").ToLookup(row => row["order_id"]);
        var all = Rows(folder, "orders.csv").ToList();
        var orders = all.Where(row => items.Contains(row["order_id"])).Select(row =>
        {
            var (id, customer) = (row["order_id"], customers[row["customer_id"]]);
            return new OlistOrder(
                id, row["order_status"], DateTime.Parse(row["order_purchase_timestamp"], CultureInfo.InvariantCulture),
                customer["customer_zip_code_prefix"], customer["customer_city"], customer["customer_state"],
                [.. items[id].GroupBy(item => (Product: item["product_id"], Seller: item["seller_id"], Price: item["price"], Freight: item["freight_value"]))
                    .Select(same => new OlistLine(same.Key.Product, same.Key.Seller, same.Count(), Minor(same.Key.Price), Minor(same.Key.Freight)))],
                [.. payments[id].OrderBy(p => int.Parse(p["payment_sequential"], CultureInfo.InvariantCulture))
                    .Select(p => new OlistPayment(p["payment_type"], Minor(p["payment_value"])))]);
        });
        return new OlistData
        {
            Sellers = Rows(folder, "sellers.csv").Select(row => new OlistSeller(
                row["seller_id"], row["seller_zip_code_prefix"], row["seller_city"], row["seller_state"])).ToDictionary(seller => seller.Id),
            Products = Rows(folder, "products.csv").Select(row => new OlistProduct(
                row["product_id"], row["product_category_name"] is { Length: > 0 } category ? category : "sem_categoria",
                int.TryParse(row["product_weight_g"], CultureInfo.InvariantCulture, out var grams) ? grams : null)).ToDictionary(product => product.Id),
            Orders = [.. orders.OrderBy(order => order.PurchasedAt).ThenBy(order => order.Id, StringComparer.Ordinal)],
            OrdersWithoutItems = all.Count(row => !items.Contains(row["order_id"])),
        };
    }

    private static long Minor(string major) => (long)(decimal.Parse(major, CultureInfo.InvariantCulture) * 100m);

    private static List<Dictionary<string, string>> Rows(DirectoryInfo folder, string file)
    {
        using var reader = CsvReader.FromFile(Path.Combine(folder.FullName, file));
        reader.ReadHeader();
        string[] columns = [.. reader.Headers!.Select(column => column.Trim('\uFEFF'))];
        var rows = new List<Dictionary<string, string>>();
        while (reader.Read())
            rows.Add(columns.Select((column, n) => (column, n)).ToDictionary(c => c.column, c => reader.GetString(c.n)));
        return rows;
    }
}
