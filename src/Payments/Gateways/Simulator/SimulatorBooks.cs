using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Db;

namespace Souk.Payments.Gateways.Simulator;

/// <summary>A charge as it stands in the simulator's books.</summary>
internal sealed record Charge(
    Guid Key, string Method, string? Token, string Currency, long AmountMinor, string State, string? Code, string? Action, DateTimeOffset? ExpiresAt,
    int CapturesRefused, long CapturedMinor, long RefundedMinor, string? ReturnUrl);

/// <summary>
/// The books of the simulator: its own schema over its own connections, committed by itself. Payments never reads them except
/// by asking the gateway, as it would any other.
/// </summary>
internal sealed class SimulatorBooks(Connections connections, ILoggerFactory loggers) : IAsyncDisposable
{
    private const string Columns =
        "key, method, token, currency, amount_minor, state, code, action, expires_at, captures_refused, captured_minor, refunded_minor, return_url";

    private readonly NpgsqlDataSource db = Open(connections, loggers);

    /// <summary>Begins charges. One that was begun before under its key stays as it is: that is what the key is for.</summary>
    public async Task<IReadOnlyList<Charge>> Begin(IReadOnlyList<GatewayPayment> payments)
    {
        var begins = payments.Select(p => TestTokens.Begin(p.Method, p.Token)).ToArray();
        var charges = await Query($"""
            with begun as (
                insert into charges (key, method, token, currency, amount_minor, state, code, action, expires_at, resolves_at, captures_refused, return_url)
                select key, method, token, currency, amount, state, code, action, now() + expires_in, now() + coalesce(resolves_in, expires_in), captures_refused, return_url
                  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::interval[],
                              $10::interval[], $11::int[], $12::text[])
                       as u(key, method, token, currency, amount, state, code, action, expires_in, resolves_in, captures_refused, return_url)
                on conflict do nothing returning {Columns})
            select * from begun union all select {Columns} from charges where key = any($1)
            """,
            payments.Select(p => p.Id).ToArray(), payments.Select(p => p.Method).ToArray(), Pg.Texts([.. payments.Select(p => p.Token)]),
            payments.Select(p => p.Currency).ToArray(), payments.Select(p => p.AmountMinor).ToArray(), begins.Select(b => b.State).ToArray(),
            Pg.Texts([.. begins.Select(b => b.Code)]), Pg.Texts([.. begins.Select(b => b.Action)]), begins.Select(b => b.ExpiresIn).ToArray(),
            begins.Select(b => b.ResolvesIn).ToArray(), begins.Select(b => b.CapturesRefused).ToArray(), Pg.Texts([.. payments.Select(p => p.ReturnUrl)]));
        var byKey = charges.DistinctBy(c => c.Key).ToDictionary(c => c.Key);
        return [.. payments.Select(p => byKey[p.Id])];
    }

    /// <summary>Captures what can be captured; the others stay as they are.</summary>
    public async Task<IReadOnlyList<(Charge? Charge, bool Now)>> Capture(IReadOnlyList<Guid> keys)
    {
        var captured = await Query($"""
            update charges set state = 'captured', captured_minor = amount_minor
             where key = any($1) and state = 'authorized' and captures_refused = 0 returning {Columns}
            """, keys.ToArray());
        var byKey = captured.ToDictionary(c => c.Key, c => (c, true));
        if (byKey.Count < keys.Count)
        {
            var rest = await Query($"""
                with seen as (select {Columns} from charges where key = any($1)),
                     counted as (update charges set captures_refused = captures_refused - 1 where key = any($1) and state = 'authorized' and captures_refused > 0)
                select * from seen
                """, keys.Where(key => !byKey.ContainsKey(key)).ToArray());
            foreach (var charge in rest)
                byKey[charge.Key] = (charge, false);
        }
        return [.. keys.Select(key => byKey.TryGetValue(key, out var found) ? ((Charge?)found.c, found.Item2) : (null, false))];
    }

    public async Task<Charge?> Void(Guid key)
    {
        var rows = await Query($"""
            update charges set state = 'voided', resolves_at = null where key = $1 and state in ('processing', 'requires_action', 'authorized') returning {Columns}
            """, key);
        return rows.Count == 1 ? rows[0] : await Find(key);
    }

    /// <summary>Pays back; under a key that was used before nothing happens again.</summary>
    /// <returns>False when there is not so much to pay back.</returns>
    public async Task<bool> Refund(Guid charge, Guid key, long amountMinor)
    {
        await using var known = db.CreateCommand("select amount_minor from refunds where key = $1");
        known.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key });
        if (await known.ExecuteScalarAsync() is long)
            return true;
        await using var refund = db.CreateCommand("""
            with paid as (update charges set refunded_minor = refunded_minor + $3
                           where key = $1 and refunded_minor + $3 <= captured_minor and not exists (select 1 from refunds where key = $2) returning 1)
            insert into refunds (key, charge_key, amount_minor) select $2, $1, $3 from paid
            """);
        refund.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = charge });
        refund.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key });
        refund.Parameters.Add(new NpgsqlParameter<long> { TypedValue = amountMinor });
        try
        {
            return await refund.ExecuteNonQueryAsync() == 1;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return true; // The same key at the same moment: the other one paid, this one was rolled back.
        }
    }

    public async Task<Charge?> Find(Guid key)
    {
        var rows = await Query($"select {Columns} from charges where key = $1", key);
        return rows.Count == 1 ? rows[0] : null;
    }

    /// <summary>What the buyer, or the bank, decided about a charge that waits. Null when it does not wait.</summary>
    public async Task<Charge?> Decide(Guid key, string state, string? code)
    {
        var rows = await Query($"""
            update charges set state = $2, code = $3 where key = $1 and state = 'requires_action' and expires_at > now() returning {Columns}
            """, key, state, Pg.Text(code));
        return rows.Count == 1 ? rows[0] : null;
    }

    /// <summary>Opens a dispute of a captured charge, of all that is left of it unless less is said. False when that cannot be.</summary>
    public async Task<bool> Dispute(Guid charge, long? amountMinor)
    {
        await using var open = db.CreateCommand("""
            insert into disputes (key, charge_key, amount_minor)
            select $2, key, coalesce($3, captured_minor) from charges where key = $1
                and captured_minor >= coalesce($3, 1)
            on conflict do nothing
            """);
        open.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = charge });
        open.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7() });
        open.Parameters.Add(Pg.Bigint(amountMinor));
        return await open.ExecuteNonQueryAsync() == 1;
    }

    /// <summary>Closes the open dispute of a charge; a lost one has given the buyer the money. False when there is none.</summary>
    public async Task<bool> DecideDispute(Guid charge, bool won)
    {
        await using var close = db.CreateCommand("""
            with closed as (update disputes set status = $2 where charge_key = $1
                and status = 'open' returning amount_minor)
            update charges set refunded_minor = least(captured_minor,
                refunded_minor + case when $2 = 'lost' then closed.amount_minor else 0 end)
              from closed where key = $1
            """);
        close.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = charge });
        close.Parameters.Add(new NpgsqlParameter<string> { TypedValue = won ? "won" : "lost" });
        return await close.ExecuteNonQueryAsync() == 1;
    }

    /// <summary>The dispute of a charge; null when it has none.</summary>
    public async Task<GatewayDispute?> Disputes(Guid charge)
    {
        await using var find = db.CreateCommand("""
            select d.key, d.status, d.amount_minor, c.currency, d.respond_by
              from disputes d join charges c on c.key = d.charge_key where d.charge_key = $1
            """);
        find.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = charge });
        await using var rows = await find.ExecuteReaderAsync();
        return await rows.ReadAsync()
            ? new GatewayDispute($"dp_{rows.GetGuid(0):N}", Words.Read<DisputeStatus>(rows.GetString(1)),
                rows.GetInt64(2),
                rows.GetString(3), "fraudulent", rows.GetFieldValue<DateTimeOffset>(4))
            : null;
    }

    /// <summary>The settlement file of all that happened in a currency; two hundredths of each capture are the fee.</summary>
    public async Task<string> Settlement(string currency)
    {
        await using var lines = db.CreateCommand("""
            select 'capture', key, key::text, captured_minor, round(captured_minor * 0.02)::bigint, created_at
              from charges where currency = $1 and captured_minor > 0
            union all
            select 'refund', r.charge_key, r.key::text, r.amount_minor, 0, r.at
              from refunds r join charges c on c.key = r.charge_key where c.currency = $1
            union all
            select 'dispute', d.charge_key, 'dp_' || replace(d.key::text, '-', ''), d.amount_minor, 0,
            d.respond_by - interval '7 days'
              from disputes d join charges c on c.key = d.charge_key where c.currency = $1 and d.status = 'lost'
             order by 6
            """);
        lines.Parameters.Add(new NpgsqlParameter<string> { TypedValue = currency });
        var csv = new StringBuilder("type,payment,reference,amount,fee,currency,at\n");
        await using var rows = await lines.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            csv.AppendLine(CultureInfo.InvariantCulture, $"{rows.GetString(0)},{rows.GetGuid(1)},{rows.GetString(2)},{
                Currencies.ToMajor(rows.GetInt64(3), currency)},{Currencies.ToMajor(rows.GetInt64(4),
                    currency)},{currency},{
                rows.GetFieldValue<DateTimeOffset>(5):yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}");
        return csv.ToString();
    }

    /// <summary>Decides what is undecided and due, and ends what waited too long. Answers the charges that changed.</summary>
    public Task<List<Charge>> Resolve() => Query($"""
        update charges set resolves_at = null, expires_at = null,
               state = case when state = 'requires_action' or token = '{TestTokens.TimeoutUnpaid}' then 'declined' else 'authorized' end,
               code = case when state = 'requires_action' then 'expired' when token = '{TestTokens.TimeoutUnpaid}' then 'card_declined' end
         where key in (select key from charges where resolves_at <= now() and state in ('processing', 'requires_action') limit 500 for update skip locked)
        returning {Columns}
        """);

    public async Task AddWebhooks(IReadOnlyList<SimulatorWebhook> webhooks)
    {
        await using var insert = db.CreateCommand("""
            insert into webhooks (id, payload, send_at, copies)
            select id, payload, now() + delay, copies from unnest($1::text[], $2::text[], $3::interval[], $4::int[]) as u(id, payload, delay, copies)
            """);
        insert.Parameters.Add(new() { Value = webhooks.Select(w => w.Id).ToArray() });
        insert.Parameters.Add(new() { Value = webhooks.Select(w => w.Payload).ToArray() });
        insert.Parameters.Add(new() { Value = webhooks.Select(w => w.Delay).ToArray() });
        insert.Parameters.Add(new() { Value = webhooks.Select(w => w.Copies).ToArray() });
        await insert.ExecuteNonQueryAsync();
    }

    /// <summary>The webhooks whose time has come; they are tried again, later each time, until they are delivered.</summary>
    public async Task<List<SimulatorWebhook>> DueWebhooks(CancellationToken ct)
    {
        await using var lease = db.CreateCommand("""
            update webhooks w set send_at = now() + least(300, power(2, attempts) * 5) * interval '1 second', attempts = attempts + 1
             where id in (select id from webhooks where send_at <= now() order by send_at limit 100 for update skip locked)
            returning id, payload, copies, attempts
            """);
        await using var rows = await lease.ExecuteReaderAsync(ct);
        var due = new List<SimulatorWebhook>();
        while (await rows.ReadAsync(ct))
            due.Add(new SimulatorWebhook(rows.GetString(0), rows.GetString(1)) { Copies = rows.GetInt32(2), Attempts = rows.GetInt32(3) });
        return due;
    }

    public async Task Delivered(string webhookId)
    {
        await using var delete = db.CreateCommand("delete from webhooks where id = $1");
        delete.Parameters.Add(new() { Value = webhookId });
        await delete.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => db.DisposeAsync();

    private async Task<List<Charge>> Query(string sql, params object[] args)
    {
        await using var command = db.CreateCommand(sql);
        foreach (var arg in args)
            command.Parameters.Add(arg as NpgsqlParameter ?? new NpgsqlParameter { Value = arg });
        await using var rows = await command.ExecuteReaderAsync();
        var charges = new List<Charge>();
        while (await rows.ReadAsync())
            charges.Add(new Charge(
                rows.GetGuid(0), rows.GetString(1), rows.IsDBNull(2) ? null : rows.GetString(2), rows.GetString(3), rows.GetInt64(4), rows.GetString(5),
                rows.IsDBNull(6) ? null : rows.GetString(6), rows.IsDBNull(7) ? null : rows.GetString(7),
                rows.IsDBNull(8) ? null : rows.GetFieldValue<DateTimeOffset>(8), rows.GetInt32(9), rows.GetInt64(10), rows.GetInt64(11),
                rows.IsDBNull(12) ? null : rows.GetString(12)));
        return charges;
    }

    private static NpgsqlDataSource Open(Connections connections, ILoggerFactory loggers)
    {
        var builder = new NpgsqlDataSourceBuilder(connections.StringFor("payments")) { Name = "gateway_simulator" };
        builder.ConnectionStringBuilder.SearchPath = "gateway_simulator";
        builder.ConnectionStringBuilder.ApplicationName = "gateway-simulator";
        builder.ConnectionStringBuilder.MaxPoolSize = 4;
        // In the same server as Payments: what it answered is in the log of the server before what Payments makes of it.
        builder.ConnectionStringBuilder.Options += " -c synchronous_commit=off";
        builder.UseLoggerFactory(loggers);
        return builder.Build();
    }
}

/// <summary>A webhook that the simulator sends.</summary>
internal sealed record SimulatorWebhook(string Id, string Payload)
{
    public TimeSpan Delay { get; init; }

    public int Copies { get; init; } = 1;

    public int Attempts { get; init; }
}
