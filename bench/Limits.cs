using Npgsql;

namespace Souk.Bench;

/// <summary>What this machine can do at best: the yardsticks that the scenarios are divided by.</summary>
internal static class Limits
{
    /// <summary>Bare Kestrel that answers every request with the same number of bytes. Runs in a process of its own.</summary>
    public static async Task ServeBytes(int port, int size)
    {
        var body = new byte[size];
        Array.Fill(body, (byte)'x');
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}").ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = size;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
        await app.RunAsync();
    }

    /// <summary>The tables of the least an order needs: order, lines, stock, payment, ledger.</summary>
    public static async Task PrepareCheckout(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            drop schema if exists bench_limit cascade;
            create schema bench_limit;
            create table bench_limit.stock (sku int primary key, on_hand bigint not null, reserved bigint not null default 0,
                check (reserved >= 0), check (reserved <= on_hand)) with (fillfactor = 50);
            insert into bench_limit.stock select n, 1000000000 from generate_series(1, 2000) n;
            create table bench_limit.orders (id uuid primary key, total bigint not null, at timestamptz not null default now());
            create table bench_limit.lines (order_id uuid not null, sku int not null, quantity int not null, price bigint not null, primary key (order_id, sku));
            create table bench_limit.payments (id uuid primary key, order_id uuid not null, amount bigint not null);
            create table bench_limit.ledger (id bigint generated always as identity primary key, journal uuid not null, account int not null, amount bigint not null);
            """, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One order in one transaction and one message, with nothing around it.</summary>
    public static Iteration Checkout(NpgsqlDataSource database, int client)
    {
        var random = new Random(client);
        return _ =>
        {
            var order = Guid.CreateVersion7();
            var first = random.Next(1, 1000);
            int[] skus = [first, first + random.Next(1, 1000)];
            using var connection = database.OpenConnection();
            using var batch = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    With("update bench_limit.stock set reserved = reserved + 1 where sku = any($1)", skus),
                    With("insert into bench_limit.orders (id, total) values ($1, $2)", order, 4000L),
                    With("insert into bench_limit.lines select $1, sku, 1, 2000 from unnest($2) sku", order, skus),
                    With("insert into bench_limit.payments values ($1, $2, $3)", Guid.CreateVersion7(), order, 4000L),
                    With("insert into bench_limit.ledger (journal, account, amount) values ($1, 1, 4000), ($1, 2, -3200), ($1, 3, -400), ($1, 4, -400)", order),
                },
            };
            batch.ExecuteNonQuery();
            return true;
        };
    }

    private static NpgsqlBatchCommand With(string sql, params object[] args)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var arg in args)
            command.Parameters.Add(new NpgsqlParameter { Value = arg });
        return command;
    }
}
