using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Split;

/// <summary>
/// The marketplace as processes on one PostgreSQL: identity, catalog, inventory and notifications in the first, carts and orders
/// with payments twice each. Requests go where a gateway would send them; a test may say to which replica.
/// </summary>
internal sealed class SplitMarket : IAsyncDisposable
{
    private readonly Uri[] internals =
        [.. Enumerable.Range(0, 3).Select(_ => new Uri($"http://127.0.0.1:{SoukServer.FreePort()}"))];

    private SplitMarket(TestDatabase database)
    {
        Database = database;
        Front = Process("identity,catalog,inventory,notifications", internals[0]);
        Carts = [Process("carts", internals[1]), Process("carts", internals[2])];
        Orders = [Process("orders,payments", null), Process("orders,payments", null)];
    }

    public TestDatabase Database { get; }

    public SoukProcess Front { get; }

    public SoukProcess[] Carts { get; }

    public SoukProcess[] Orders { get; }

    private IEnumerable<SoukProcess> All => [Front, .. Carts, .. Orders];

    public static async Task<SplitMarket> Open()
    {
        var market = new SplitMarket(await TestDatabase.Required());
        try
        {
            await using var migrating = new SoukProcess(market.Database.Owner);
            Assert.Equal(0, (await migrating.Command("migrate")).ExitCode);
            await Task.WhenAll(market.All.Select(process => process.Start()));
            return market;
        }
        catch
        {
            await market.DisposeAsync();
            throw;
        }
    }

    /// <summary>Somebody whose requests go to these replicas of carts, and of orders and payments.</summary>
    public HttpClient Client(int carts = 0, int orders = 0) => new(new Gateway(this, carts, orders))
    {
        BaseAddress = Front.Url, Timeout = TimeSpan.FromSeconds(30),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var process in All)
            await process.DisposeAsync();
        await Database.DisposeAsync();
    }

    private SoukProcess Process(string roles, Uri? listens) => new(Database.Owner, new(Street.Settings)
    {
        ["roles"] = roles,
        ["Internal:Urls"] = listens?.ToString(),
        ["Neighbours:Identity"] = internals[0].ToString(),
        ["Neighbours:Catalog"] = internals[0].ToString(),
        ["Neighbours:Carts"] = internals[1].ToString(),
    });

    private sealed class Gateway(SplitMarket market, int carts, int orders)
        : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            var process = (path.Split('/')[1], request.Method == HttpMethod.Post) switch
            {
                ("cart" or "contacts", _) => market.Carts[carts],
                ("orders", true) when path == "/orders" => market.Carts[carts],
                ("orders" or "payments" or "refunds", _) => market.Orders[orders],
                _ => market.Front,
            };
            request.RequestUri = new Uri(process.Url, request.RequestUri.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
