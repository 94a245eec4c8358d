using System.Net;
using Npgsql;
using Souk.Host;
using Souk.Platform.Events;

namespace Souk.IntegrationTests.Flows;

/// <summary>What a service keeps of others is lost or spoilt, and filled again from its owners while the host serves.</summary>
[Collection("crashes")]
public sealed class RebuildTests
{
    // Of each service: what it keeps, and how it is spoilt. Versions from the future are the worst: none is newer.
    private static readonly (string Service, string[] Tables, string[] Spoil)[] All =
    [
        ("carts", ["offers", "availability"],
        [
            "delete from carts.offers where id = $1",
            "update carts.offers set price_minor = 1, title = 'spoilt', active = false, version = version + 1000",
            "delete from carts.availability",
        ]),
        ("inventory", ["companies", "offers"],
        [
            "delete from inventory.offers",
            "update inventory.companies set status = 'closed', country = 'FR', version = version + 1000",
        ]),
        ("catalog", ["companies", "shops", "availability"],
        [
            "delete from catalog.companies",
            "update catalog.shops set status = 'closed', version = version + 1000",
            "update catalog.availability set available = 0",
        ]),
    ];

    [Fact]
    public async Task What_a_service_keeps_of_others_is_filled_again_from_its_owners_and_trade_goes_on()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, Street.Settings);
        await souk.Start();
        var street = new Street(souk.Client);
        var (one, two) = (await street.Seller(), await street.Seller());
        var (lamp, rug) = (await one.Sells(1999, 10), await two.Sells(5000, 7));
        await street.OnSale(lamp, rug);
        // Each hears of them in its own time.
        foreach (var (service, tables, _) in All)
            foreach (var table in tables)
                await Eventually(async () => Assert.Equal(2, await Count(database, $"{service}.{table}")));

        foreach (var (service, tables, spoil) in All)
        {
            var before = await Digest(database, service, tables);
            foreach (var sql in spoil)
                await Spoil(database, sql, lamp);
            Assert.NotEqual(before, await Digest(database, service, tables));

            for (var run = 0; run < 2; run++)
            {
                var (exit, said) = await souk.Command("rebuild", "--service", service);
                Assert.True(exit == 0, said);
                Assert.All(tables, table => Assert.Contains($"{table}: 2 ", said, StringComparison.Ordinal));
                await Eventually(async () => Assert.Equal(before, await Digest(database, service, tables)));
            }
        }

        await street.OnSale(lamp, rug);
        var guest = street.Guest();
        var order = await guest.BuysCart((lamp, 2), (rug, 1));
        Assert.Equal("confirmed", order.Text("status"));
        Assert.Equal(8998, order.GetProperty("totals").Minor("items"));
        var shown = await guest.Read($"/products?q={Uri.EscapeDataString("Lamp")}");
        Assert.Equal(2, shown.GetProperty("data").GetArrayLength());
        await one.Moves(order.Id(), "cancelled");
        await two.Moves(order.Id(), "cancelled", HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_service_that_is_none_or_keeps_nothing_is_refused_with_the_names_of_those_that_do()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner);

        foreach (var wrong in new[] { "nobody", "orders" })
        {
            var (exit, said) = await souk.Command("rebuild", "--service", wrong);
            Assert.Equal(1, exit);
            Assert.Contains($"No service {wrong} keeps anything", said, StringComparison.Ordinal);
            Assert.Contains("carts, catalog, inventory", said, StringComparison.Ordinal);
        }
        var (code, help) = await souk.Command("rebuild", "--help");
        Assert.Equal(0, code);
        Assert.Contains("--service", help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_kept_of_others_has_one_owner_who_can_tell_it_again()
    {
        var settings = SoukServer.Settings("Host=127.0.0.1;Database=none", SoukServer.FreePort());
        await using var app = Marketplace.Build(Marketplace.Prepare(settings));

        var kept = app.Services.GetServices<Projection>().Select(projection => projection.Event).Distinct();
        var told = app.Services.GetServices<StateSource>().Select(source => source.Event);
        Assert.Equal(kept.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    private static async Task Spoil(TestDatabase database, string sql, Guid offer)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        if (sql.Contains("$1", StringComparison.Ordinal))
            command.Parameters.Add(new() { Value = offer });
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<long> Count(TestDatabase database, string table) =>
        (await database.Rows($"select count(*) from {table}", row => row.GetInt64(0))).Single();

    private static async Task<string> Digest(TestDatabase database, string service, string[] tables)
    {
        var all = new List<string>();
        foreach (var table in tables)
        {
            var rows = $"select t::text from {service}.{table} t order by 1";
            all.AddRange(await database.Rows(rows, row => row.GetString(0)));
        }
        return string.Join('\n', all);
    }
}
