using System.Text.Json;
using Npgsql;
using Souk.Contracts;
using Souk.Contracts.Orders;
using Souk.Platform;
using Souk.Platform.Db;

namespace Souk.IntegrationTests.Payments;

/// <summary>
/// P4 under <c>kill -9</c>: the process dies again and again between the call of a gateway and the commit of its answer. No
/// charge is made twice and none is lost.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int OrdersMax = 300;
    private const int KillsMax = 6;
    private static readonly TimeSpan RecoveryMax = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nobody_is_charged_twice_and_no_charge_is_lost_when_the_process_is_killed()
    {
        await using var database = await TestDatabase.Required();
        await using var all = new SoukProcess(database.Owner);
        await all.Command("migrate");
        // Whose tokens are good somebody must say, else the process that is killed would never be ready.
        var internals = $"http://127.0.0.1:{SoukServer.FreePort()}";
        await using var identity = new SoukProcess(
            database.Owner, new() { ["roles"] = "identity", ["Internal:Urls"] = internals });
        await identity.Start();
        await using var souk = new SoukProcess(database.Owner, new()
        {
            ["roles"] = "payments", ["Payments:GatewayTimeout"] = "00:00:01", ["Neighbours:Identity"] = internals,
        });
        var random = new Random(20261121);
        string[] tokens = ["tok_success", "tok_success", "tok_success", "tok_late", "tok_timeout_paid", "tok_capture_timeout", "tok_capture_fails_once"];
        var dues = Enumerable.Range(0, OrdersMax).Select(_ => PaymentsAlone.Due(tokens[random.Next(tokens.Length)])).ToArray();

        var confirmed = new HashSet<Guid>();
        for (var round = 0; round < KillsMax; round++)
        {
            await souk.Start();
            foreach (var due in dues.Skip(round * OrdersMax / KillsMax).Take(OrdersMax / KillsMax))
                await Say(database, due);
            await Task.Delay(random.Next(100, 1500), TestContext.Current.CancellationToken);
            await ConfirmAuthorized(database, dues, confirmed);
            await Task.Delay(random.Next(0, 300), TestContext.Current.CancellationToken);
            await souk.Kill();
        }
        await souk.Start();
        var recovered = System.Diagnostics.Stopwatch.GetTimestamp();
        await Eventually(async () =>
        {
            await ConfirmAuthorized(database, dues, confirmed);
            Assert.Equal(OrdersMax, await Count(database, "select count(*) from payments.payments where status = 'captured'"));
        }, RecoveryMax);
        var seconds = System.Diagnostics.Stopwatch.GetElapsedTime(recovered).TotalSeconds;

        var charges = await Count(database, "select count(*) from gateway_simulator.charges where state = 'captured' and captured_minor = amount_minor");
        var orphans = await Count(database, "select count(*) from gateway_simulator.charges c left join payments.payments p on p.id = c.key and p.captured_minor = c.captured_minor where p.id is null");
        var doubled = await Count(database, """
            select count(*) from (
                select 1 from gateway_simulator.charges c join payments.payments p on p.id = c.key
                 where c.state = 'captured' group by p.order_id having count(*) > 1) twice
            """);
        Assert.Equal((OrdersMax, 0, 0), (charges, doubled, orphans));
        Assert.Equal(OrdersMax, await Count(database, "select count(*) from payments.log where type = 'PaymentCaptured'"));
        Assert.Equal(OrdersMax, await Count(database, "select count(distinct order_id) from payments.ledger_entries where kind = 'sale'"));
        Assert.Equal(0, await Count(database, "select count(*) from (select 1 from payments.ledger_entries group by order_id, kind, source_id having sum(amount_minor) <> 0) unbalanced"));
        Assert.Equal(OrdersMax * dues[0].TotalMinor, await Count(database, "select sum(amount_minor)::bigint from payments.ledger_entries where account = 'gateway_clearing'"));
        output.WriteLine($"{OrdersMax} orders, {KillsMax} kills: {charges} charges, double {doubled}, orphans {orphans}, all reconciled {seconds:0.0} s after the last start");
    }

    // What Orders would do: confirm what is authorised, once.
    private static async Task ConfirmAuthorized(TestDatabase database, PaymentDue[] dues, HashSet<Guid> confirmed)
    {
        var authorized = new List<Guid>();
        await using (var connection = new NpgsqlConnection(database.Owner))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("select key from payments.log where type = 'PaymentsAuthorized'", connection);
            await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            while (await rows.ReadAsync(TestContext.Current.CancellationToken))
                authorized.Add(rows.GetGuid(0));
        }
        foreach (var due in dues)
            if (authorized.Contains(due.OrderId) && confirmed.Add(due.OrderId))
                await Say(database, PaymentsAlone.Confirmed(due));
    }

    private static async Task Say(TestDatabase database, IEvent e)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var append = new NpgsqlCommand("""
            with t as (update orders.topic set next = next + 1 returning next - 1 as pos)
            insert into orders.log (pos, id, type, key, payload) select pos, $1, $2, $3, $4 from t
            """, connection);
        append.Parameters.Add(new() { Value = Guid.CreateVersion7() });
        append.Parameters.Add(new() { Value = e.GetType().Name });
        append.Parameters.Add(new() { Value = e.Key });
        append.Parameters.Add(Pg.Jsonb(JsonSerializer.Serialize(e, e.GetType(), Json.Events)));
        await append.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<long> Count(TestDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
