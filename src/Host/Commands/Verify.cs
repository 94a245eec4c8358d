using System.CommandLine;
using System.Globalization;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Host.Commands;

/// <summary>
/// <c>souk verify</c>: the audit across services. Every service is read with its own connection; what concerns several is
/// compared here. One line per check; exit code 1 when one fails.
/// </summary>
internal static class Verify
{
    private const int ExamplesMax = 5;

    // Services look up a few rows by key and are told to plan so; an audit reads everything.
    private const string WholeTables = """
        set local statement_timeout = 0; set local enable_seqscan = on; set local plan_cache_mode = auto
        """;

    public static Command Command()
    {
        var command = new Command("verify", "Check that what the services stored agrees: stock, money, sagas, events.");
        command.SetAction((_, ct) => CommandLine.With([], (app, _) => Run(app.Services, Console.Out, ct), ct));
        return command;
    }

    /// <summary>Runs all checks and writes a line for each.</summary>
    public static async Task<int> Run(IServiceProvider provider, TextWriter output, CancellationToken ct)
    {
        var services = provider.GetServices<Service>().ToDictionary(service => service.Name, StringComparer.Ordinal);
        var failed = 0;
        foreach (var check in VerifyChecks.All)
        {
            var missing = check.Needs.Where(need => !services.ContainsKey(need)).ToList();
            if (missing.Count > 0)
            {
                await output.WriteLineAsync($"skip  {check.Says} (not hosted: {string.Join(", ", missing)})");
                continue;
            }
            var (looked, wrong) = await check.Run(services, ct);
            if (wrong.Count == 0)
            {
                await output.WriteLineAsync($"ok    {check.Says} ({looked.ToString(CultureInfo.InvariantCulture)})");
                continue;
            }
            failed++;
            await output.WriteLineAsync($"FAIL  {check.Says} ({wrong.Count} of {looked.ToString(CultureInfo.InvariantCulture)})");
            foreach (var finding in wrong.Take(ExamplesMax))
                await output.WriteLineAsync("      " + finding);
        }
        await output.WriteLineAsync(failed == 0 ? "Everything agrees." : $"{failed} checks failed.");
        return failed == 0 ? 0 : 1;
    }

    /// <summary>All rows of a query in a service's own snapshot, whatever it takes: an audit is no request.</summary>
    internal static async Task<List<T>> Rows<T>(Service service, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var connection = await service.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var setting = new NpgsqlCommand(WholeTables, connection))
            await setting.ExecuteNonQueryAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }
}

/// <summary>One check of the audit.</summary>
/// <param name="Says">What holds when it is fine.</param>
/// <param name="Needs">The services whose databases it reads.</param>
/// <param name="Run">Answers how many things it looked at, and a sentence for each that is wrong.</param>
internal sealed record VerifyCheck(
    string Says, string[] Needs, Func<IReadOnlyDictionary<string, Service>, CancellationToken, Task<(long Looked, IReadOnlyList<string> Wrong)>> Run);
