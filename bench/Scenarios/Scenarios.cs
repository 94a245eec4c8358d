namespace Souk.Bench;

/// <summary>What is measured, in the order of the table. Every iteration checks its answer: a fast error is no success.</summary>
internal static class Scenarios
{
    private const string Contact =
        """{"name":"Ada Lovelace","email":"ada@example.com","shipping":{"line1":"12 Main Street","city":"Berlin","country":"DE","postcode":"10115"}}""";

    public static readonly IReadOnlyList<Scenario> All =
    [
        new("limit-bytes", Repeat("/"), ScenarioKind.LimitBytes),
        new("limit-checkout", (_, _) => _ => true, ScenarioKind.LimitCheckout),
        new("product-read", ProductRead),
        new("product-list", ProductList),
        new("add-to-cart", AddToCart),
        new("checkout", (market, seed) => Checkout(market, seed, market.Offers)),
        new("order", Order),
        new("hot-sku", (market, seed) => Checkout(market, seed, market.HotOffers)),
        new("login", Login),
        // The last: what it adds to the catalogue would be there in the others.
        new("catalog-100k", FacetList, Prepare: BigCatalog.Prepare),
    ];

    private static Func<Market, int, Iteration> Repeat(string path) => (_, _) =>
    {
        byte[]? request = null;
        return wire => wire.Send(request ??= wire.Request("GET", path)) == 200;
    };

    private static Iteration ProductRead(Market market, int seed)
    {
        var random = new Random(seed);
        byte[][]? requests = null;
        return wire =>
        {
            requests ??= [.. market.Products.Select(id => wire.Request("GET", $"/products/{id}"))];
            return wire.Send(requests[random.Next(requests.Length)]) == 200;
        };
    }

    private static Iteration ProductList(Market market, int seed) => OneOf(market.ListPaths, seed);

    private static Iteration FacetList(Market market, int seed) => OneOf(market.FacetPaths, seed);

    private static Iteration OneOf(List<string> paths, int seed)
    {
        var random = new Random(seed);
        byte[][]? requests = null;
        return wire =>
        {
            requests ??= [.. paths.Select(path => wire.Request("GET", path))];
            return wire.Send(requests[random.Next(requests.Length)]) == 200;
        };
    }

    /// <summary>Every tenth add begins a new cart: a guest puts a few things in, not thousands.</summary>
    private static Iteration AddToCart(Market market, int seed)
    {
        var random = new Random(seed);
        var (token, adds) = ("", 0);
        return wire =>
        {
            if (adds++ % 10 == 0)
                token = "";
            var added = wire.Send("POST", "/cart", token, Line(market.Offers[random.Next(market.Offers.Count)])) == 200;
            if (token.Length == 0 && added)
                token = $"X-Cart-Token: {wire.HeaderText("X-Cart-Token")}\r\n";
            return added;
        };
    }

    /// <summary>Five requests of a guest; the last answer is a confirmed order.</summary>
    private static Iteration Checkout(Market market, int seed, IReadOnlyList<string> offers)
    {
        var random = new Random(seed);
        return wire =>
        {
            var (first, second) = Two(random, offers);
            if (wire.Send("POST", "/cart", "", Line(first)) != 200)
                return false;
            var token = $"X-Cart-Token: {wire.HeaderText("X-Cart-Token")}\r\n";
            if (wire.Send("POST", "/cart", token, Line(second)) != 200
                || wire.Send("PUT", "/cart", token, $$"""{"contact":{{Contact}},"delivery":[{{market.Delivery(first, second)}}]}""") != 200
                || wire.Send("GET", "/cart", token) != 200)
                return false;
            var quote = wire.Member("quote");
            return wire.Send(
                "POST", "/cart/checkout", $"{token}Idempotency-Key: {Guid.CreateVersion7()}\r\n",
                $$"""{"quote":"{{quote}}","payments":[{"method":"card","token":"tok_success"}]}""") == 201;
        };
    }

    /// <summary>The same order in one request.</summary>
    private static Iteration Order(Market market, int seed)
    {
        var random = new Random(seed);
        return wire =>
        {
            var (first, second) = Two(random, market.Offers);
            return wire.Send(
                "POST", "/orders", $"Idempotency-Key: {Guid.CreateVersion7()}\r\n",
                $$"""{"lines":[{"offer_id":"{{first}}","quantity":1},{"offer_id":"{{second}}","quantity":1}],"contact":{{Contact}},"delivery":[{{market.Delivery(first, second)}}],"payments":[{"method":"card","token":"tok_success"}]}""") == 201;
        };
    }

    private static Iteration Login(Market _, int __) =>
        wire => wire.Send("POST", "/auth/login", "", $$"""{"email":"{{Market.BuyerEmail}}","password":"{{Market.Password}}"}""") == 200;

    private static string Line(string offer) => $$"""{"lines":[{"offer_id":"{{offer}}","quantity":1}]}""";

    private static (string, string) Two(Random random, IReadOnlyList<string> offers)
    {
        if (offers.Count == 2)
            return (offers[0], offers[1]);
        var first = random.Next(offers.Count);
        return (offers[first], offers[(first + 1 + random.Next(offers.Count - 1)) % offers.Count]);
    }
}
