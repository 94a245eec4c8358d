using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;
using Souk.Host;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Deploy;

/// <summary>
/// The split topology as its users start it: every role a process of its own with a database of its own, Kafka between them,
/// nginx in front.
/// </summary>
public sealed class LocalSplitTests
{
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan StopMax = TimeSpan.FromMinutes(2);

    // EX_UNAVAILABLE: something that it needs is missing and may not be installed.
    private const int Unavailable = 69;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_starts_trades_outlives_a_killed_replica_is_rolled_without_a_loss_and_stops_without_a_trace()
    {
        var folder = Directory.CreateTempSubdirectory("souk-split-");
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode = (UnixFileMode)0b111_101_101; // PostgreSQL runs as somebody else.
        var output = new StringBuilder();
        var ports = FreePorts(40);
        using var split = Start(folder.FullName, ports, output);
        try
        {
            var url = await Ready(split, output);
            var street = new Street(() => new HttpClient { BaseAddress = url });
            var seller = await street.Seller();
            var lamp = await seller.Sells(1999, 10);
            await street.OnSale(lamp);
            using var buyer = await street.Buyer();

            await Buy(buyer, lamp);
            var killed = Kill(folder.FullName, "souk-orders-1");
            await Buy(buyer, lamp);
            await Eventually(() =>
            {
                Assert.NotEqual(killed, Pid(folder.FullName, "souk-orders-1"));
                return Task.CompletedTask;
            });
            await Buy(buyer, lamp);

            // The only process of its role, so another stands in for it. Whose tokens are good is asked there all the time.
            var (before, rolled) = (Pid(folder.FullName, "souk-identity-1"), Roll(folder.FullName, "identity"));
            using var guest = street.Guest();
            for (var asked = 0; asked < 20 || !rolled.IsCompleted; asked++)
            {
                using var keys = await Get(guest, "/.well-known/jwks.json");
                Assert.True(keys.IsSuccessStatusCode, $"{keys.StatusCode} {await keys.Content.ReadAsStringAsync(Ct)}");
                using var profile = await Get(buyer, "/profile/me");
                Assert.True(profile.IsSuccessStatusCode, $"{profile.StatusCode} {await profile.Content.ReadAsStringAsync(Ct)}");
                await Task.Delay(20, Ct);
            }
            var (exitCode, said) = await rolled;
            Assert.True(exitCode == 0, said);
            Assert.NotEqual(before, Pid(folder.FullName, "souk-identity-1"));
            await Buy(buyer, lamp);

            using var metrics = await street.Guest().GetAsync("/metrics", Ct);
            Assert.Equal(HttpStatusCode.NotFound, metrics.StatusCode);

            await What_each_database_has_agrees(folder.FullName, ports, lamp, bought: 4);
        }
        finally
        {
            using var term = Process.Start("kill", ["-TERM", split.Id.ToString(CultureInfo.InvariantCulture)]);
            using var limit = new CancellationTokenSource(StopMax);
            await split.WaitForExitAsync(limit.Token);
            Assert.Empty(Directory.GetFiles(Path.Combine(folder.FullName, "pids")));
            folder.Delete(recursive: true);
        }
    }

    // A worker of nginx that goes closes connections on which nothing is asked at that moment. Who asks just then begins
    // again on another, as clients do with what is safe to repeat (RFC 9112, 9.3.1).
    private static async Task<HttpResponseMessage> Get(HttpClient client, string path)
    {
        try
        {
            return await client.GetAsync(path, Ct);
        }
        catch (HttpRequestException e) when (e.InnerException is IOException)
        {
            return await client.GetAsync(path, Ct);
        }
    }

    // A checkout that meets the death of its replica is answered later, by the other: 202, and confirmed then.
    private static async Task Buy(HttpClient buyer, Guid offer)
    {
        var key = Guid.CreateVersion7().ToString();
        using var answer = await buyer.Order(key, [(offer, 1)], Ct, ("card", "tok_success"));
        Assert.True(
            answer.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted,
            $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync(Ct)}");
        var path = answer.Headers.Location!.ToString();
        await Eventually(async () => Assert.Equal("confirmed", (await buyer.Read(path)).Text("status")));
    }

    private static async Task What_each_database_has_agrees(string folder, int postgresPort, Guid lamp, int bought)
    {
        var databases = Program.Modules.Select(module => module.Name).ToDictionary(
            name => name,
            name => $"Host=127.0.0.1;Port={postgresPort};Username=postgres;Database=souk_{name};Pooling=false");

        // Captures come a moment after the confirmation.
        await Eventually(async () =>
        {
            var totals = await Row(
                databases["orders"], "select count(*), sum(total_minor) from orders.orders where status = 'confirmed'");
            Assert.Equal(bought, totals[0]);
            Assert.Equal(
                [totals[1], 0],
                await Row(databases["payments"], """
                    select sum(amount_minor) filter (where kind = 'capture' and account = 'gateway_clearing'),
                           sum(amount_minor)
                      from payments.ledger_entries
                    """));
        });
        Assert.Equal(
            [10, bought],
            await Row(
                databases["inventory"],
                $"select sum(on_hand), sum(reserved) from inventory.stock where offer_id = '{lamp}'"));

        var settings = databases.ToDictionary(
            database => $"ConnectionStrings:{database.Key}", string? (database) => database.Value);
        settings["Souk:Secret"] = (await File.ReadAllTextAsync(Path.Combine(folder, "secret"), Ct)).Trim();
        settings["ConnectionStrings:Souk"] = null;
        await using var auditing = new SoukProcess("", settings);
        var (exitCode, said) = await auditing.Command("verify");
        Assert.True(exitCode == 0, said);
        Assert.DoesNotContain("skip", said, StringComparison.Ordinal);
    }

    private static async Task<long[]> Row(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        Assert.True(await reader.ReadAsync(Ct));
        return [.. Enumerable.Range(0, reader.FieldCount)
            .Select(n => reader.IsDBNull(n) ? 0 : Convert.ToInt64(reader.GetValue(n), CultureInfo.InvariantCulture))];
    }

    private static Process Start(string folder, int ports, StringBuilder output)
    {
        var start = new ProcessStartInfo(
            Path.Combine(Repository.Root, "deploy", "local-split"), ["--no-build", "--database-per-service"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root,
        };
        foreach (var (key, value) in Street.Settings)
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        // Less than its gateway waits.
        start.Environment["Souk__Http__AnswerWait"] = "00:00:05";
        start.Environment["SOUK_SPLIT"] = folder;
        start.Environment["SOUK_DLL"] = Repository.Host;
        start.Environment["SOUK_PORT"] = SoukServer.FreePort().ToString(CultureInfo.InvariantCulture);
        start.Environment["SOUK_PORTS"] = ports.ToString(CultureInfo.InvariantCulture);
        try
        {
            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, line) => Keep(line.Data);
            process.ErrorDataReceived += (_, line) => Keep(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }
        catch (Win32Exception e)
        {
            TestDatabase.Missing($"deploy/local-split cannot be started: {e.Message}");
            throw;
        }

        void Keep(string? line)
        {
            lock (output)
                output.AppendLine(line);
        }
    }

    // The last thing it says is the gateway's address.
    private static async Task<Uri> Ready(Process split, StringBuilder output)
    {
        string said;
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            lock (output)
                said = output.ToString();
            if (said.Split('\n').FirstOrDefault(line => line.StartsWith("http", StringComparison.Ordinal)) is { } url)
                return new Uri(url);
            if (split.HasExited)
            {
                if (split.ExitCode == Unavailable)
                    TestDatabase.Missing(said);
                Assert.Fail($"It ended with {split.ExitCode}:\n{said}");
            }
            Assert.True(Stopwatch.GetElapsedTime(started) < StartMax, said);
            await Task.Delay(200, Ct);
        }
    }

    private static async Task<(int ExitCode, string Said)> Roll(string folder, string role)
    {
        using var roll = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "deploy", "local-split"), ["roll", "--no-build", role])
        {
            RedirectStandardError = true, Environment = { ["SOUK_SPLIT"] = folder },
        })!;
        var said = await roll.StandardError.ReadToEndAsync(Ct);
        await roll.WaitForExitAsync(Ct);
        return (roll.ExitCode, said);
    }

    private static int Kill(string folder, string name)
    {
        var pid = Pid(folder, name);
        using var process = Process.GetProcessById(pid);
        process.Kill();
        return pid;
    }

    private static int Pid(string folder, string name) =>
        int.Parse(File.ReadAllText(Path.Combine(folder, "pids", name)).Split(' ')[0], CultureInfo.InvariantCulture);

    // The first of some ports in a row that are free now.
    private static int FreePorts(int count)
    {
        for (var first = 20_000 + (Random.Shared.Next(100) * 50); first < 30_000; first += 50)
            if (Enumerable.Range(first, count).All(IsFree))
                return first;
        throw new InvalidOperationException("There are no free ports.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
