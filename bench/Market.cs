using System.Text.Json.Nodes;
using Npgsql;

namespace Souk.Bench;

/// <summary>A small marketplace to load, made through the public API: sellers with shops, products with stock, a buyer.</summary>
internal sealed class Market(Target target)
{
    public const string Password = "a long pass phrase of a bench";
    private static readonly string[] Germany = ["DE"];
    private const int Sellers = 4;
    private const int ProductsEach = 500;
    private readonly Api guest = new(Api.Connect(target.Url));
    private readonly List<string> companies = [];

    // By seller: which method it sends by, in JSON. By offer: its seller.
    private readonly List<string> deliveries = [];
    private readonly Dictionary<string, int> sellers = [];

    public List<string> Products { get; } = [];

    public List<string> Offers { get; } = [];

    /// <summary>The two that everybody wants.</summary>
    public IReadOnlyList<string> HotOffers => Offers[..2];

    public List<string> ListPaths { get; } = [];

    /// <summary>Lists of the large catalogue, once it was made.</summary>
    public List<string> FacetPaths { get; } = [];

    public const string BuyerEmail = "buyer@bench.example";

    /// <summary>Size of a product's answer: what bare Kestrel is to send.</summary>
    public int ProductBytes { get; private set; }

    public async Task Build()
    {
        await Register("customer", BuyerEmail, null);
        for (var n = 0; n < Sellers; n++)
            await Seller(n);
        ProductBytes = (await guest.Get($"/products/{Products[0]}")).Text.Length;
        foreach (var sort in (string[])["price", "-price", "name", "-ranking", "-created_at"])
            for (var limit = 10; limit <= 40; limit += 10)
                ListPaths.Add($"/products?sort={sort}&limit={limit}");
        foreach (var path in ListPaths)
            (await guest.Get(path)).Must();
        await StockIsThere();
        await Analyze();
    }

    /// <summary>
    /// What autovacuum does within a minute. Until then the server plans for tables as they were when they were empty, and a
    /// run would measure when it came. Tables that are empty still stay as they are: of them it would learn the wrong thing.
    /// </summary>
    private async Task Analyze()
    {
        await using var connection = new NpgsqlConnection(target.Owner);
        await connection.OpenAsync();
        await using var analyze = new NpgsqlCommand(
            """
            do $$ declare filled regclass; begin
                for filled in select relid from pg_stat_user_tables where n_live_tup > 0 loop
                    execute format('analyze %s', filled);
                end loop;
            end $$
            """, connection);
        await analyze.ExecuteNonQueryAsync();
    }

    /// <summary>Pieces promised beyond what there was: the sum over all stock rows, by the owner's connection.</summary>
    public async Task<long> Oversold()
    {
        await using var connection = new NpgsqlConnection(target.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select coalesce(sum(greatest(reserved - on_hand, 0)), 0)::bigint from inventory.stock", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task Seller(int n)
    {
        var email = $"seller{n}@bench.example";
        companies.Add((string)(await Register("company", email, $"Seller {n}")).Must()["company_id"]!);
        var seller = await SignIn(n);
        var method = (await seller.Post(
            "/delivery-methods", new { name = "Parcel", countries = Germany, base_price = Eur(490), item_price = Eur(50) })).Must();
        deliveries.Add($$"""{"company_id":"{{companies[n]}}","method_id":"{{method["id"]}}"}""");
        await Parallel.ForEachAsync(Enumerable.Range(0, ProductsEach), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var product = await Product(seller, $"{n}-{i}", 1000 + (i * 7 % 900), stock: 100_000_000);
            lock (Products)
            {
                Products.Add((string)product["id"]!);
                Offers.Add(OfferOf(product));
                sellers.Add(OfferOf(product), n);
            }
        });
    }

    /// <summary>Some more offers of the first seller, of which there are only so many pieces.</summary>
    public async Task<IReadOnlyList<string>> Scarce(int offers, int pieces)
    {
        var seller = await SignIn(0);
        var scarce = new List<string>();
        for (var n = 0; n < offers; n++)
            scarce.Add(OfferOf(await Product(seller, $"scarce-{n}", price: 1000, pieces)));
        foreach (var offer in scarce)
            sellers.Add(offer, 0);
        foreach (var offer in scarce)
            await IsThere(offer);
        return scarce;
    }

    /// <summary>How two offers are sent, in JSON: each by its seller's method, one of a seller of both.</summary>
    public string Delivery(string first, string second) => sellers[first] == sellers[second]
        ? deliveries[sellers[first]]
        : $"{deliveries[sellers[first]]},{deliveries[sellers[second]]}";

    /// <summary>A key with which a program acts for the first seller.</summary>
    public async Task<(string CompanyId, string Key)> ApiKey(params string[] permissions) =>
        (companies[0], (string)(await (await SignIn(0)).Post("/api-keys", new { company_id = companies[0], name = "bench", permissions })).Must()["key"]!);

    private async Task<Api> SignIn(int seller) => guest.As(accessToken: (string)(await guest.Post(
        "/auth/login", new { email = $"seller{seller}@bench.example", password = Password })).Must()["access_token"]!);

    // Catalog hears of the shop by an event, moments after the registration.
    private static async Task<JsonNode> Product(Api seller, string name, int price, int stock) => (await seller.PostWhenKnown("/products", new
    {
        name = $"Lamp {name}",
        description = "A lamp of oak, with a shade of linen. It gives a warm light and stands where you put it.",
        sku = $"LAMP-{name}",
        price = Eur(price),
        stock,
    })).Must();

    private Task<Reply> Register(string kind, string email, string? company) => guest.Post("/auth/register", new JsonObject
    {
        ["kind"] = kind,
        ["email"] = email,
        ["password"] = Password,
        ["first_name"] = "Ada",
        ["last_name"] = "Lovelace",
        ["company_name"] = company,
        ["shop_name"] = company,
        ["country"] = company is null ? null : "DE",
    });

    internal static string OfferOf(JsonNode product) => (string)(product["offers"]?[0]?["id"] ?? product["variants"]![0]!["offers"]![0]!["id"])!;

    private static object Eur(long amount) => new { amount, currency = "EUR" };

    // Stock and prices reach the carts by events.
    private async Task StockIsThere()
    {
        foreach (var offer in (string[])[Offers[0], Offers[^1], Offers[Offers.Count / 2]])
            await IsThere(offer);
    }

    private async Task IsThere(string offer)
    {
        for (var attempt = 0; ; attempt++)
        {
            var cart = await guest.Post("/cart", new { lines = new[] { new { offer_id = offer, quantity = 1 } } });
            if (cart.Ok && !cart.Text.Contains("out_of_stock", StringComparison.Ordinal))
                break;
            if (attempt == 300)
                cart.Must();
            await Task.Delay(100);
        }
    }
}
