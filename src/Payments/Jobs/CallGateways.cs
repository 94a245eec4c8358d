using Npgsql;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Platform.Db;
using Souk.Platform.Jobs;

namespace Souk.Payments.Jobs;

/// <summary>
/// Leases the operations that are due and calls the gateways, all of them side by side. It does not wait for the answers. What
/// a checkout asks of a gateway was leased when it was written, and does not come here unless its process died.
/// </summary>
internal sealed class CallGateways(Service<PaymentsDb> service, GatewayDesk desk) : IWorker
{
    private const int LeasedMax = 100;

    public async Task<bool> Run(CancellationToken ct)
    {
        var room = Math.Min(LeasedMax, desk.Room);
        if (room == 0)
            return false; // The desk wakes us when a call ends.

        await using var connection = await service.DataSource.OpenConnectionAsync(ct);
        await using var lease = new NpgsqlBatch(connection);
        lease.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
        // A lease that a crash takes back is given again; it is the row itself that had to be on disk before the call.
        lease.BatchCommands.Add(new NpgsqlBatchCommand("set local synchronous_commit to off"));
        lease.BatchCommands.Add(new NpgsqlBatchCommand("""
            with due as materialized (select id from operations where next_at <= now() order by next_at limit $1 for update skip locked)
            update operations o set next_at = now() + $2, attempts = attempts + 1
              from due, payments p, order_money m
             where o.id = due.id and p.id = o.payment_id and m.order_id = o.order_id
            returning o.id, o.kind, o.payment_id, o.order_id, o.refund_id, o.amount_minor, o.attempts,
                      p.gateway, p.method, p.token, p.currency, p.amount_minor, p.gateway_ref, m.return_url, o.trace
            """)
        {
            Parameters =
            {
                new NpgsqlParameter<int> { TypedValue = room },
                new NpgsqlParameter<TimeSpan> { TypedValue = desk.Lease },
            },
        });
        lease.BatchCommands.Add(new NpgsqlBatchCommand("commit"));

        var leased = new List<(Operation Operation, string Gateway, GatewayPayment Payment)>();
        await using (var rows = await lease.ExecuteReaderAsync(ct))
            while (await rows.ReadAsync(ct))
                leased.Add(Read(rows));
        foreach (var (operation, gateway, payment) in leased)
            desk.Begin(operation, gateway, payment);
        return leased.Count == room;
    }

    private static (Operation, string, GatewayPayment) Read(NpgsqlDataReader row)
    {
        var operation = new Operation(
            Id: row.GetGuid(0), Words.Read<OperationKind>(row.GetString(1)), PaymentId: row.GetGuid(2), OrderId: row.GetGuid(3),
            RefundId: row.IsDBNull(4) ? null : row.GetGuid(4), AmountMinor: row.GetInt64(5), Attempts: row.GetInt32(6),
            Trace: row.IsDBNull(14) ? null : row.GetString(14));
        var payment = new GatewayPayment(
            operation.PaymentId, row.GetString(8), row.IsDBNull(9) ? null : row.GetString(9), row.GetString(10), row.GetInt64(11),
            row.IsDBNull(12) ? null : row.GetString(12), row.IsDBNull(13) ? null : row.GetString(13));
        return (operation, row.GetString(7), payment);
    }
}
