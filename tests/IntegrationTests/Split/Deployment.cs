using Souk.Host;
using Souk.IntegrationTests.Caching;
using Souk.IntegrationTests.Gateway;
using Souk.IntegrationTests.Kafka;

namespace Souk.IntegrationTests.Split;

/// <summary>
/// The marketplace as separate services: each a process of its own, inventory, carts, orders and payments twice; Kafka between
/// them, a Redis beside them, and the gateway in front. What is missing for it skips the tests with its reason.
/// </summary>
internal sealed class Deployment : IAsyncDisposable
{
    private static readonly string[] Twice = ["inventory", "carts", "orders", "payments"];
    private readonly KafkaBroker kafka = new();
    private RedisServer? redis;
    private Nginx? nginx;
    private List<(string Service, SoukProcess Process)> processes = [];

    private Deployment()
    {
    }

    /// <summary>Where the gateway listens.</summary>
    public Uri Url => nginx!.Url;

    /// <summary>Starts it on an empty database, and waits until every process is ready.</summary>
    public static async Task<Deployment> Start(TestDatabase database)
    {
        var deployment = new Deployment();
        try
        {
            await deployment.Open(database);
            return deployment;
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where each replica of a service listens, past the gateway.</summary>
    public IReadOnlyList<Uri> Replicas(string service) =>
        [.. processes.Where(each => each.Service == service).Select(each => each.Process.Url)];

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var (index, (service, process)) in processes.Index())
        {
            await process.DisposeAsync();
            TestLog.Write($"{service}-{index}", process.Output);
        }
        if (nginx is not null)
            await nginx.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        await kafka.DisposeAsync();
    }

    private async Task Open(TestDatabase database)
    {
        redis = await RedisServer.Required();
        var broker = kafka.Settings();
        await Task.WhenAll(broker, Migrate(database));
        processes = Processes(database, [.. await broker, .. redis.Settings]);
        nginx = await Nginx.Start(
            service => [.. Replicas(service).Select(url => url.Authority)], AddDevelopment, wait: "60s");
        foreach (var (_, process) in processes)
            process.Set("Souk:PublicUrl", Url.GetLeftPart(UriPartial.Authority));
        await Task.WhenAll(processes.Select(each => each.Process.Start()));
    }

    private static async Task Migrate(TestDatabase database)
    {
        await using var migrating = new SoukProcess(database.Owner);
        var (exitCode, said) = await migrating.Command("migrate");
        Assert.True(exitCode == 0, said);
    }

    // Carts is asked at its first replica alone: elsewhere a DNS name stands for all of them.
    private static List<(string Service, SoukProcess Process)> Processes(
        TestDatabase database, KeyValuePair<string, string?>[] more)
    {
        var asked = new[] { "identity", "catalog", "carts" }
            .ToDictionary(service => service, _ => $"http://127.0.0.1:{SoukServer.FreePort()}");
        return
        [
            .. from module in Program.Modules
               from replica in Enumerable.Range(0, Twice.Contains(module.Name) ? 2 : 1)
               select (module.Name, new SoukProcess(database.Owner, new(more)
               {
                   ["roles"] = module.Name,
                   ["Internal:Urls"] = replica == 0 && asked.TryGetValue(module.Name, out var url)
                       ? url
                       : $"http://127.0.0.1:{SoukServer.FreePort()}",
                   ["Neighbours:Identity"] = asked["identity"],
                   ["Neighbours:Catalog"] = asked["catalog"],
                   ["Neighbours:Carts"] = asked["carts"],
                   ["Souk:Http:Proxies:0"] = "127.0.0.1",
                   ["Souk:PoolSizeMax"] = "12",
               })),
        ];
    }

    // The mailbox and the bank's side of a payment are there in Development only: no gateway has a route to them. Tests read
    // their mail there, and pay.
    private static void AddDevelopment(string folder)
    {
        var routes = Path.Combine(folder, "routes.conf");
        File.WriteAllText(routes, File.ReadAllText(routes).Replace(
            "default \"\";",
            """default ""; "~^\S+ /mailbox" notifications; "~^\S+ /gateway-simulator/" payments;""",
            StringComparison.Ordinal));
    }
}
