using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Npgsql;

namespace Souk.Bench;

/// <summary>
/// Whether answers tell which addresses have an account: the same request for a known and an unknown address in turn, over one
/// connection. The status must be the same and the median times close (P26).
/// </summary>
internal static class EnumerationCommand
{
    private const double DifferenceMax = 0.05;
    private const int WarmUpPairs = 20;
    private const string WrongPassword = "another pass phrase of a bench";

    public static Command Command()
    {
        var pairs = new Option<int>("--pairs") { Description = "Pairs of each request.", DefaultValueFactory = _ => 500 };
        var command = new Command("enumeration", "Compares the answers for addresses with and without an account, and their median times.") { pairs };
        command.SetAction((parsed, _) => Run(parsed.GetValue(pairs)));
        return command;
    }

    private static async Task<int> Run(int pairs)
    {
        await using var target = await OneProcess.Start("souk_bench_enumeration");
        using var wire = new Wire(target.Url);
        Register(wire, Address(-1));
        // What the warm-up registers is known afterwards; its own times are not looked at.
        Compare(WarmUpPairs, isKnown => Register(wire, isKnown ? Address(-1) : NewAddress()));
        var next = 0;
        var registration = Compare(pairs, isKnown => Register(wire, Address(isKnown ? next - 1 : next)), () => next++);
        next = 0;
        var login = Compare(pairs, isKnown => Login(wire, isKnown ? Address(next) : NewAddress(), WrongPassword), () => next++);
        await NobodyAskedLately(target);
        next = 0;
        var reset = Compare(pairs, isKnown => Reset(wire, isKnown ? Address(next) : NewAddress()), () => next++);
        Login(wire, Address(-1), Market.Password);
        var signedIn = $"Authorization: Bearer {wire.Member("access_token")}\r\n";
        next = 0;
        var change = Compare(pairs, isKnown => Change(wire, signedIn, isKnown ? Address(next) : NewAddress()), () => next++);

        var rows = new[] { ("registration", registration), ("login", login), ("password reset", reset), ("change of e-mail", change) };
        var page = new StringBuilder().AppendLine("| request | known ms | unknown ms | difference |").AppendLine("|---|--:|--:|--:|");
        foreach (var (name, times) in rows)
            page.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {times.Known:0.00} | {times.Unknown:0.00} | {times.Difference:+0.0%;-0.0%;0.0%} |");
        await Console.Out.WriteLineAsync(page.ToString());
        return rows.All(row => Math.Abs(row.Item2.Difference) < DifferenceMax) ? 0 : 1;
    }

    /// <summary>Medians in milliseconds of what was asked for known and unknown addresses.</summary>
    private sealed record Medians(double Known, double Unknown)
    {
        public double Difference => (Known - Unknown) / Unknown;
    }

    // Which of a pair comes first changes: what the first leaves to be done later falls into the time of the second.
    private static Medians Compare(int pairs, Func<bool, int> ask, Action? after = null)
    {
        var times = new Dictionary<bool, List<double>> { [true] = [], [false] = [] };
        for (var pair = 0; pair < pairs; pair++)
        {
            var statuses = new HashSet<int>();
            foreach (var isKnown in pair % 2 == 0 ? (bool[])[true, false] : [false, true])
            {
                var started = Stopwatch.GetTimestamp();
                statuses.Add(ask(isKnown));
                times[isKnown].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            if (statuses.Count != 1)
                throw new InvalidOperationException($"The answers differ: {string.Join(" and ", statuses)}.");
            after?.Invoke();
        }
        return new Medians(Median(times[true]), Median(times[false]));
    }

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    private static string Address(int n) => $"person{n}@bench.example";

    private static string NewAddress() => $"{Guid.CreateVersion7():N}@bench.example";

    private static int Register(Wire wire, string email) =>
        wire.Send("POST", "/auth/register", "", $$"""{"kind":"customer","email":"{{email}}","password":"{{Market.Password}}"}""");

    private static int Login(Wire wire, string email, string password) =>
        wire.Send("POST", "/auth/login", "", $$"""{"email":"{{email}}","password":"{{password}}"}""");

    private static int Reset(Wire wire, string email) =>
        wire.Send("POST", "/profile/password-reset-request", "", $$"""{"email":"{{email}}"}""");

    private static int Change(Wire wire, string signedIn, string email) => wire.Send(
        "PUT", "/profile/me", signedIn,
        $$"""{"first_name":"","last_name":"","email":"{{email}}","current_password":"{{Market.Password}}"}""");

    // A second link within a minute is not mailed; the registrations above asked for some.
    private static async Task NobodyAskedLately(OneProcess target)
    {
        await using var connection = new NpgsqlConnection(target.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("update identity.link_requests set created_at = created_at - interval '1 hour'", connection);
        await command.ExecuteNonQueryAsync();
    }
}
