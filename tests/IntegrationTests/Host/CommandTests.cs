using Npgsql;

namespace Souk.IntegrationTests.Host;

/// <summary>The commands of the executable, as an operator runs them.</summary>
public sealed class CommandTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Migrate_says_what_it_would_do_does_it_and_then_has_nothing_to_do()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner);

        var dry = await souk.Command("migrate", "--dry-run");
        var first = await souk.Command("migrate");
        var second = await souk.Command("migrate");

        Assert.Contains("orders/0001_orders.sql", dry.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), (dry.ExitCode, first.ExitCode, second.ExitCode));
        Assert.Contains("0 migrations ran.", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_letter_is_listed_shown_replayed_and_discarded_on_record()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner);
        await souk.Command("migrate");
        var (replayed, discarded) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Execute(database, """
            insert into carts.parked (id, topic, pos, type, key, payload, reason, attempts, dead) values
            ($1, 'orders', 1, 'OrderConfirmed', $1, '{"a": 1}', 'it was raining', 5, true),
            ($2, 'orders', 2, 'OrderConfirmed', $2, '{}', 'it was raining', 5, true)
            """, replayed, discarded);

        var list = await souk.Command("dead-letters", "list");
        var show = await souk.Command("dead-letters", "show", replayed.ToString());
        var dry = await souk.Command("dead-letters", "replay", "--all", "--dry-run");
        var replay = await souk.Command("dead-letters", "replay", replayed.ToString(), "--reason", "it is dry");
        var discard = await souk.Command("dead-letters", "discard", discarded.ToString());
        var again = await souk.Command("dead-letters", "discard", discarded.ToString());

        Assert.Contains(replayed.ToString(), list.Output, StringComparison.Ordinal);
        Assert.Contains("it was raining", show.Output, StringComparison.Ordinal);
        Assert.Contains("2 would be replayed.", dry.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0, 1), (replay.ExitCode, discard.ExitCode, again.ExitCode));
        Assert.Equal(1, await Value(database, "select count(*) from carts.parked where not dead and attempts = 0 and next_try_at <= now()"));
        Assert.Equal(1, await Value(database, "select count(*) from carts.audit where action = 'dead_letter.replay' and reason = 'it is dry'"));
        Assert.Equal(1, await Value(database, "select count(*) from carts.audit where action = 'dead_letter.discard'"));
    }

    [Fact]
    public async Task Staff_is_made_with_a_link_and_what_is_no_address_is_refused()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner);
        await souk.Command("migrate");

        var made = await souk.Command("admin", "create", "ann@example.com");
        var refused = await souk.Command("admin", "create", "ann");

        Assert.Contains(souk.Url.ToString(), made.Output, StringComparison.Ordinal);
        Assert.Equal((0, 1), (made.ExitCode, refused.ExitCode));
        Assert.Equal(1, await Value(database, "select count(*) from identity.accounts where kind = 'staff' and password_hash is null"));
    }

    [Fact]
    public async Task Demo_data_is_loaded_through_the_address_of_a_marketplace_that_runs_and_approves_at_once()
    {
        await using var database = await TestDatabase.Required();
        var folder = Directory.CreateTempSubdirectory("souk-demo");
        await using var serving = new SoukProcess(database.Owner, new() { ["Identity:ApproveCompanies"] = "true" });
        await serving.Start();
        await using var souk = new SoukProcess(database.Owner, new()
        {
            ["Souk:DataFolder"] = folder.FullName, ["roles"] = "payments",
        });

        var wrong = await souk.Command("demo", "--url", "nowhere");
        var loaded = await souk.Command("demo", "--url", serving.Url.ToString());

        Assert.True(wrong.ExitCode != 0 && loaded.ExitCode == 0, wrong.Output + loaded.Output);
        Assert.Equal(5, await Value(database, "select count(*) from identity.companies"));
        // Of the others each has the one that the first stock made.
        Assert.Equal(3, await Value(database, "select count(*) from inventory.warehouses where line1 = 'Dock 7'"));
        Assert.InRange(
            await Value(database, "select count(*) from catalog.products where status = 'published'"), 200, 300);
        // All that an order may stay in; what it only passes through stands in the timeline.
        Assert.Equal(
            ["awaiting_payment", "cancelled", "confirmed", "delivered", "partly_returned", "returned", "shipped"],
            await database.Rows(
                "select distinct status from orders.orders where status <> 'capture_failed' order by 1",
                row => row.GetString(0)));
        await Eventually(async () => Assert.Equal(
            1, await Value(database, "select count(*) from orders.timeline where to_status = 'capture_failed'")));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_wrong_configuration_is_a_line_per_problem_and_exit_code_78()
    {
        await using var souk = new SoukProcess("nonsense", new() { ["Souk:Secret"] = "short", ["roles"] = "orders,dragons" });

        var (exitCode, output) = await souk.Command("migrate");

        Assert.Equal(78, exitCode);
        foreach (var problem in new[] { "dragons", "Souk__Secret", "ConnectionStrings__Souk" })
            Assert.Single(output.Split('\n'), line => line.StartsWith("souk: ", StringComparison.Ordinal) && line.Contains(problem, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("migrate")]
    [InlineData("admin", "create")]
    [InlineData("verify")]
    [InlineData("rebuild")]
    [InlineData("demo")]
    [InlineData("openapi")]
    [InlineData("gateway-config")]
    [InlineData("stock")]
    [InlineData("stock", "recount")]
    [InlineData("dead-letters")]
    [InlineData("dead-letters", "list")]
    [InlineData("dead-letters", "show")]
    [InlineData("dead-letters", "replay")]
    [InlineData("dead-letters", "discard")]
    public async Task Every_command_explains_itself(params string[] command)
    {
        await using var souk = new SoukProcess("Host=127.0.0.1;Database=none");

        var (exitCode, output) = await souk.Command([.. command, "--help"]);

        Assert.Equal(0, exitCode);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }

    private static async Task Execute(TestDatabase database, string sql, params object[] args)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(new NpgsqlParameter { Value = arg });
        await command.ExecuteNonQueryAsync(Ct);
    }

    private static async Task<long> Value(TestDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }
}
