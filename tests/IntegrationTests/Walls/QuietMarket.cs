using System.Text;
using Souk.IntegrationTests.Carts;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Walls;

/// <summary>
/// A marketplace of its own that stands still: something of everything was made, then all background work was stopped. What
/// changes from there on was changed by a request.
/// </summary>
public sealed class QuietMarket : IAsyncLifetime
{
    // The trail of who tried what, and what counts attempts.
    private static readonly string[] NotState = ["audit", "sign_in_failures"];

    // A refusal of the business is an answer: its key keeps it, so that a retry is told the same. What never began
    // keeps none.
    private const string ButRefusals = " where coalesce(t.status, 0) <> all('{402,409,410}')";

    private readonly SoukServer souk = new();
    private readonly Dictionary<string, string> things = [];
    private readonly Dictionary<string, string> gone = [];
    private string? digest;
    private World? world;

    /// <summary>Where it listens.</summary>
    public Uri Url => souk.Url;

    /// <summary>The ids of things there are.</summary>
    internal IReadOnlyDictionary<string, string> Things => things;

    /// <summary>The ids of things that were made and removed again, called as those there are.</summary>
    internal IReadOnlyDictionary<string, string> Gone => gone;

    /// <summary>A token of somebody who may do everything, sells as the seller and has bought as the buyer.</summary>
    public Task<string> Token() =>
        World.Token(souk, world!.Buyer.AccountId, "staff", Permissions.All, world.Seller.CompanyId,
        [.. Permissions.All]);

    /// <summary>One number for each table of each service that holds state, of all that stands in it.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Digest() =>
        (await souk.Query(digest ??= await Statement(), row =>
            (Table: row.GetString(0), Sum: row.GetString(1)))).ToDictionary(row => row.Table, row => row.Sum);

    public async ValueTask InitializeAsync()
    {
        await ((IAsyncLifetime)souk).InitializeAsync();
        if (SoukServer.IsSplit || Environment.GetEnvironmentVariable("ConnectionStrings__Souk") is null or "")
            return;
        world = await World.Make(souk);
        foreach (var (name, id) in world.Things)
            things[name] = id;
        await Remove();
        // Nothing is left to sell, or every good order would wait for an answer that nobody works on any more.
        await Eventually(async () => await world.SellOut());
        await Settle();
        foreach (var work in souk.Services.GetServices<IHostedService>().Reverse().Where(work =>
            work.GetType().Name != "GenericWebHostService"))
            await work.StopAsync(CancellationToken.None);
    }

    public ValueTask DisposeAsync() => souk.DisposeAsync();

    /// <summary>Skips a test where there is no server.</summary>
    public void Require()
    {
        if (world is null)
            _ = souk.Url;
        Assert.SkipWhen(world is null,
            "It makes a host of its own, and is tested in the run that is not against separate services.");
    }

    // One more of everything that can be made and removed again, and is not found from then on.
    private async Task Remove()
    {
        using var admin = souk.Client();
        admin.DefaultRequestHeaders.Authorization = new("Bearer", await Token());
        var attribute = (await admin.Ask("GET", $"/attributes/{things["attributes"]}")).Must(200);
        things["attr"] = attribute.Text("code");
        var operations = Operation.All(Operation.Committed()).ToDictionary(operation => operation.Name);
        foreach (var remove in operations.Values.Where(operation => operation.Method == "DELETE"))
        {
            var list = remove.Path[..remove.Path.LastIndexOf('/')];
            if (list.Contains('{', StringComparison.Ordinal) || !remove.Path.EndsWith('}')
                || !operations.TryGetValue($"POST {list}", out var make) || Sample.Good(make, things) is not { } body)
                continue;
            foreach (var name in new[] { "name", "code" }.Where(name => body[name] is not null))
                body[name] = $"gone{Guid.CreateVersion7():N}"[..24];
            var made = await admin.Ask("POST", list, body, Shop.NewKey());
            if (made.Status != 201 || !made.Json.TryGetProperty("id", out var id))
                continue;
            var path = $"{list}/{id}";
            var removed = await admin.Ask("DELETE", path);
            // What is closed and kept, as products are, is still there for who may see that.
            if (removed.Status < 300 && (await admin.Ask("GET", path)).Status == 404)
                gone[list[(list.LastIndexOf('/') + 1)..]] = id.ToString();
        }
    }

    // Until nothing was said or heard for a while: what was made has come to everybody.
    private async Task Settle()
    {
        var services = await souk.Query("select schemaname from pg_tables where tablename = 'outbox'", row =>
            row.GetString(0));
        var places = string.Join(" || ' ' || ", services.Select(service =>
            $"(select count(*) from {service}.outbox) || ',' || (select next from {service}.topic)"
            + $" || ',' || (select coalesce(sum(pos), 0) from {service}.cursors)"));
        var (before, same) = ("", 0);
        await Eventually(async () =>
        {
            var now = await souk.Value<string>($"select {places}");
            (before, same) = (now, now == before ? same + 1 : 0);
            Assert.True(same > 5, now);
        });
    }

    private async Task<string> Statement()
    {
        var tables = await souk.Query(
            """
            select format('%I.%I', schemaname, tablename) from pg_tables
             where schemaname not in ('pg_catalog', 'information_schema', 'public')
               and tablename <> all($1) and tablename not like 'log\_%' order by 1
            """, row => row.GetString(0), (object)NotState);
        var statement = new StringBuilder();
        foreach (var table in tables)
            statement.Append(statement.Length == 0 ? "" : " union all ")
                .Append($"select '{table}', count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)")
                .Append($" from {table} t")
                .Append(table.EndsWith(".idempotency", StringComparison.Ordinal) ? ButRefusals : "");
        return statement.ToString();
    }
}
