using Npgsql;
using Souk.Host;
using Souk.Host.Commands;
using Souk.IntegrationTests.Flows;
using Souk.Platform;
using Souk.Platform.Db;

namespace Souk.IntegrationTests.Split;

/// <summary>Services with databases of their own: each is migrated where it belongs, and no role sees what is another's.</summary>
public sealed class DatabasesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_service_is_migrated_in_its_own_database_and_sees_nothing_of_others()
    {
        await using var shared = await TestDatabase.Required();
        await using var orders = await TestDatabase.Required();
        await using var payments = await TestDatabase.Required();
        await using var souk = new SoukProcess(shared.Owner, new()
        {
            ["ConnectionStrings:Orders"] = orders.Owner, ["ConnectionStrings:Payments"] = payments.Owner,
        });

        var dry = await souk.Command("migrate", "--dry-run");
        var first = await souk.Command("migrate");
        var second = await souk.Command("migrate");
        var verified = await souk.Command("verify");

        Assert.Contains("orders/0001_orders.sql", dry.Output, StringComparison.Ordinal);
        Assert.True(
            (0, 0, 0) == (first.ExitCode, second.ExitCode, verified.ExitCode),
            first.Output + second.Output + verified.Output);
        Assert.Contains("0 migrations ran.", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("skip", verified.Output, StringComparison.Ordinal);
        Assert.Equal(["carts", "catalog", "identity", "inventory", "notifications"], await Schemas(shared));
        Assert.Equal(["orders"], await Schemas(orders));
        Assert.Equal(["gateway_simulator", "payments"], await Schemas(payments));

        await using var app = App(shared, new()
        {
            ["ConnectionStrings:Orders"] = orders.Owner, ["ConnectionStrings:Payments"] = payments.Owner,
        });
        foreach (var service in app.Services.GetServices<Service>())
            foreach (var database in new[] { shared, orders, payments })
                Assert.Equal([], await Foreign(service, database));
    }

    [Fact]
    public async Task Where_the_owner_may_make_no_roles_those_that_are_given_are_used()
    {
        await using var database = await TestDatabase.Required();
        await using var owner = new NpgsqlConnection(database.Owner);
        await owner.OpenAsync(Ct);
        var (maker, login) = ($"{database.Name}_maker", $"{database.Name}_login");
        await Execute(owner, $"""
            create role {database.Name}_services nologin;
            create role {maker} login password 'm' in role {database.Name}_services;
            create role {login} login password 'l' in role {database.Name}_services;
            grant create on database {database.Name} to {maker};
            """);
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:Souk"] = As(database, maker, "m"),
            ["ConnectionStrings:OrdersLogin"] = As(database, login, "l"),
            ["roles"] = "orders",
        };

        await using var app = App(database, settings);
        Assert.True(await app.Services.Migrate(Ct) > 0);

        await using var command = app.Services.GetServices<Service>().Single().DataSource.CreateCommand(
            "select current_user || count(*) from orders");
        Assert.Equal(login + "0", await command.ExecuteScalarAsync(Ct));
        Assert.Empty(await database.Rows(
            "select 1 from pg_roles where rolname = $1", row => row.GetInt32(0), database.Name + "_orders"));
        await Execute(owner, $"drop owned by {maker}; drop owned by {login}");
    }

    [Fact]
    public async Task Verify_reads_each_service_where_it_is()
    {
        await using var shared = await TestDatabase.Required();
        await using var orders = await TestDatabase.Required();
        await using var app = App(shared, new() { ["ConnectionStrings:Orders"] = orders.Owner });
        await app.Services.Migrate(Ct);
        await using var owner = new NpgsqlConnection(orders.Owner);
        await owner.OpenAsync(Ct);
        await Execute(owner, """
            insert into orders.orders (id, status, contact_id, country, postcode, currency, prices_include_tax,
                                       items_minor, discount_minor, delivery_minor, tax_minor, total_minor, coupon_codes,
                                       created_at, deadline)
            values (gen_random_uuid(), 'pending', gen_random_uuid(), 'DE', '10115', 'EUR', true,
                    0, 0, 0, 0, 0, '{}', now(), now() - interval '1 hour')
            """);

        var output = new StringWriter();
        var exitCode = await Verify.Run(app.Services, output, Ct);

        Assert.Equal(1, exitCode);
        Assert.Contains("FAIL  no order waits past its deadline", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_connections_than_the_server_allows_are_refused_at_the_start()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, new() { ["Souk:PoolSizeMax"] = "5000" });

        var (exitCode, output) = await souk.Command();

        Assert.Equal(78, exitCode);
        var line = Assert.Single(output.Split('\n'), line => line.StartsWith("souk: ", StringComparison.Ordinal));
        Assert.Contains("Souk__PoolSizeMax", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_hears_of_services_which_are_not_beside_it_is_not_ready_and_says_so()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, new()
        {
            ["roles"] = "orders",
            ["Neighbours:Identity"] = "http://127.0.0.1:9",
            ["Neighbours:Carts"] = "http://127.0.0.1:9",
        });
        souk.Launch();

        await Eventually(async () =>
        {
            using var answer = await souk.Client().GetAsync("/health/ready", Ct);
            var body = await answer.Content.ReadAsStringAsync(Ct);
            Assert.Contains("orders hears of carts, inventory, payments", body, StringComparison.Ordinal);
            Assert.Contains("Identity", body, StringComparison.Ordinal);
        });
        var metrics = await souk.Client().GetStringAsync("/metrics", Ct);
        Assert.Contains("souk_role{role=\"orders\"} 1", metrics, StringComparison.Ordinal);
    }

    private static WebApplication App(TestDatabase database, Dictionary<string, string?> more)
    {
        var settings = SoukServer.Settings(database.Owner, SoukServer.FreePort());
        foreach (var (key, value) in more)
            settings[key] = value;
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        return Marketplace.Build(builder);
    }

    private static Task<List<string>> Schemas(TestDatabase database) => database.Rows("""
        select nspname from pg_namespace
         where nspname not in ('public', 'information_schema') and not starts_with(nspname, 'pg_') order by 1
        """, row => row.GetString(0));

    // What the role of a service may read in a database besides its own tables and the published ones.
    private static async Task<List<string>> Foreign(Service service, TestDatabase database)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database.Owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Ct);
        var role = new NpgsqlConnectionStringBuilder(service.DataSource.ConnectionString).Username!;
        await using var command = new NpgsqlCommand("""
            select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
               and has_schema_privilege($1, n.oid, 'usage') and has_table_privilege($1, c.oid, 'select')
               and not (n.nspname = $2 or (n.nspname, $2) = ('gateway_simulator', 'payments'))
               and not (c.relname in ('topic', 'log') or c.relname like 'log_%') order by 1
            """, connection);
        command.Parameters.Add(new() { Value = role });
        command.Parameters.Add(new() { Value = service.Name });
        var foreign = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(Ct);
        while (await reader.ReadAsync(Ct))
            foreign.Add(reader.GetString(0));
        return foreign;
    }

    private static string As(TestDatabase database, string role, string password) =>
        new NpgsqlConnectionStringBuilder(database.Owner) { Username = role, Password = password }.ConnectionString;

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
