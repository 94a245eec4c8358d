using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Walls;

/// <summary>
/// The bad inputs of the promises against every route, made of the OpenAPI document: whatever is sent, the answer is a
/// documented one, explains itself without showing the inside, and what is refused has changed nothing.
/// </summary>
/// <remarks>
/// A run sends a part of them, the same for the same seed. <c>SOUK_BAD_INPUTS=100000 ./test BadInput</c> sends all, and goes
/// on with two wrong things in a request until there were that many; <c>SOUK_SEED</c> takes another part, and
/// <c>SOUK_ROUTE</c> all for one route, such as <c>"PUT /cart"</c>.
/// </remarks>
[Trait("Shape", "one")]
public sealed partial class BadInputTests(QuietMarket market) : IClassFixture<QuietMarket>
{
    private const int Connections = 8;
    private const int LeastOfAll = 20_000;
    private const int PerOperation = 72;
    private const int OperationsAtOnce = 20;
    private const int ShownMax = 60;

    // Answers of the platform in front of every route: how it was asked, not what.
    private static readonly int[] Everywhere = [400, 401, 405, 406, 413, 414, 415, 431];

    // Where the program and its source are on this machine, and whose home that is.
    private static readonly string[] Folders =
    [
        .. new[] { Repository.Root, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) }
            .Select(folder => folder.TrimEnd('/') + '/').Where(folder => folder.Length > 1),
    ];

    private readonly List<string> wrong = [];
    private readonly ConcurrentDictionary<int, int> statuses = new();
    private readonly int seed = Setting("SOUK_SEED", 5);
    private readonly int wanted = Setting("SOUK_BAD_INPUTS", 0);
    private readonly string? only = Environment.GetEnvironmentVariable("SOUK_ROUTE");
    private readonly HashSet<string> codes =
        [.. CodeRow().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "api.md")))
            .Select(row => row.Groups[1].Value)];
    private string token = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private int Sent => statuses.Values.Sum();

    [Fact]
    public async Task No_input_makes_a_5xx_shows_the_inside_or_changes_what_it_is_refused_for()
    {
        market.Require();
        var operations = Operation.All(Operation.Committed()).Where(operation => only is null || operation.Name == only)
            .OrderBy(operation => operation.Danger).ToArray();

        foreach (var some in operations.Chunk(OperationsAtOnce))
            await Try([.. some.SelectMany(PartOf)]);
        for (var round = 1; Sent < wanted; round++)
            foreach (var some in operations.Chunk(OperationsAtOnce))
                await Try([.. some.SelectMany(operation =>
                    Pairs(operation, round, Math.Max(1, (wanted - Sent) / operations.Length)))]);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{operations.Length} operations, {Sent} requests, seed {seed}: "
            + string.Join(", ", statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}")));
        Assert.True(wrong.Count == 0,
            $"Seed {seed}. {wrong.Count} of {Sent} were wrong:\n{string.Join('\n', wrong.Take(ShownMax))}");
        Assert.True(only is not null || Sent >= LeastOfAll, $"Only {Sent} requests.");
    }

    private BadInput[] PartOf(Operation operation)
    {
        var random = Seeded(operation, 0);
        BadInput[] all = [.. new BadInputs(operation, market.Things, market.Gone, random).All()];
        if (only is not null || wanted > 0)
            return all;
        random.Shuffle(all);
        var others = all.Where(input => !input.IsAlwaysSent);
        return [.. all.Where(input => input.IsAlwaysSent), .. others.Take(PerOperation)];
    }

    private IEnumerable<BadInput> Pairs(Operation operation, int round, int count)
    {
        var inputs = new BadInputs(operation, market.Things, market.Gone, Seeded(operation, round));
        return Enumerable.Range(0, count).Select(_ => inputs.Pair()).OfType<BadInput>();
    }

    // Of the operation's name: another route more or less does not change what the others are sent.
    private Random Seeded(Operation operation, int round) =>
        new(operation.Name.Aggregate((seed * 31) + round, (sum, c) => unchecked((sum * 31) + c)));

    private async Task Try(BadInput[] inputs)
    {
        token = await market.Token();
        await Refused([.. inputs.Where(input => input.IsRefused)]);
        var before = await market.Digest();
        var refused = await Send([.. inputs.Where(input => !input.IsRefused)]);
        // What was taken may change what it says. Then the others once more, by themselves.
        if (Differs(before, await market.Digest()) is not null)
            await Refused(refused);
    }

    // What is refused changes nothing. One may be taken now because of what another did; then the rest is asked again,
    // until nothing has changed or all were refused.
    private async Task Refused(BadInput[] inputs)
    {
        while (true)
        {
            var before = await market.Digest();
            var refused = await Send(inputs);
            if (Differs(before, await market.Digest()) is not { } changed)
                return;
            if (refused.Length == inputs.Length)
            {
                await Blame(inputs, changed);
                return;
            }
            inputs = refused;
        }
    }

    // Tells which of them changed something, by sending one half after the other.
    private async Task Blame(BadInput[] inputs, string changed)
    {
        var all = inputs.Length;
        while (inputs.Length > 1)
        {
            var (half, before) = (inputs.Length / 2, await market.Digest());
            await Send(inputs[..half]);
            inputs = Differs(before, await market.Digest()) is null ? inputs[half..] : inputs[..half];
        }
        Report(inputs[0], $"{changed} changed while {all} requests were refused, this one most likely");
    }

    private async Task<BadInput[]> Send(BadInput[] inputs)
    {
        var refused = new ConcurrentBag<BadInput>();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(Connections, inputs.Length)).Select(async _ =>
        {
            await using var wire = new Wire(market.Url);
            for (int mine; (mine = Interlocked.Increment(ref next)) < inputs.Length;)
            {
                var input = inputs[mine];
                var answer = await wire.Send(input.Bytes(market.Url, token), Ct, input.BreaksOff);
                statuses.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
                if (answer.Status is 0 or >= 400)
                    refused.Add(input);
                if (Wrong(input, answer) is { } why)
                    Report(input, $"{answer.Status} {why}: {answer.Body[..Math.Min(300, answer.Body.Length)]}");
            }
        }));
        return [.. refused];
    }

    private void Report(BadInput input, string why)
    {
        lock (wrong)
            wrong.Add($"{input.Operation.Name}, {input.What}: {why}\n    {input.Curl(market.Url, "$TOKEN")}");
    }

    private string? Wrong(BadInput input, WireAnswer answer)
    {
        var (operation, status) = (input.Operation, answer.Status);
        if (input.IsGarbage && (status == 0 || (status == 400 && answer.Body.Length == 0)))
            return null;
        if (status is < 100 or >= 500)
            return "is no answer to a caller's mistake";
        if (Inside().Match(answer.Body) is { Success: true } shown)
            return $"shows the inside ({shown.Value})";
        if (Array.Find(Folders, folder => answer.Body.Contains(folder, StringComparison.Ordinal)) is { } place)
            return $"shows where it runs ({place})";
        if (!operation.Answers.ContainsKey(status) && !Everywhere.Contains(status))
            return $"is not in the document, which has {string.Join(", ", operation.Answers.Keys)}";
        if (status < 400)
            return input.IsRefused ? "was accepted" : null;
        var type = answer.Headers.GetValueOrDefault("content-type") ?? "";
        return type.StartsWith("application/problem+json", StringComparison.Ordinal)
            ? WrongProblem(input, status, answer) : "is no problem+json";
    }

    private string? WrongProblem(BadInput input, int status, WireAnswer answer)
    {
        var operation = input.Operation;
        JsonElement problem;
        try
        {
            problem = JsonElement.Parse(answer.Body, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return "is no JSON, or has a member twice";
        }
        var code = problem.GetProperty("code").GetString()!;
        if (problem.GetProperty("status").GetInt32() != status
            || problem.GetProperty("trace_id").GetString() is not { Length: > 0 })
            return "says another status, or has no trace_id";
        if (!codes.Contains(code) || (!Everywhere.Contains(status) && !operation.Answers[status].Contains(code)))
            return $"has the code {code}, which the document does not have there";
        if (input.Code is { } wanted && code != wanted)
            return $"is not {wanted}";
        var errors = problem.GetProperty("errors").EnumerateArray().ToArray();
        var fields = errors.Select(error => error.GetProperty("code").GetString()!);
        if (fields.FirstOrDefault(field => !codes.Contains(field)) is { } unknown)
            return $"has a field with the code {unknown}, which is not documented";
        var details = errors.Append(problem).Select(one => one.GetProperty("detail").GetString()!).ToArray();
        if (details.Any(detail => detail.Length is < 10 or > 500))
            return "explains nothing, or too much";
        if (details.Any(detail => detail.Contains("{0}", StringComparison.Ordinal)))
            return "has a hole in what it says";
        return details.Any(detail => detail.Contains(BadValues.Marker[..65], StringComparison.Ordinal))
            ? "echoes more than 64 characters" : null;
    }

    private static int Setting(string name, int otherwise) =>
        int.Parse(Environment.GetEnvironmentVariable(name) ?? $"{otherwise}", CultureInfo.InvariantCulture);

    private static string? Differs(
        IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
        after.FirstOrDefault(table => before[table.Key] != table.Value).Key;

    [GeneratedRegex(@"^\| `([a-z0-9_]+)` \| ", RegexOptions.Multiline)]
    private static partial Regex CodeRow();

    // Stack frames, types, the database and its words, the source.
    [GeneratedRegex(@"at (System|Souk|Microsoft|Npgsql)\.|Npgsql|PostgresException|Exception:|\.cs:line|SQLSTATE"
        + "|violates|pg_catalog|select .+ from |insert into |/src/")]
    private static partial Regex Inside();
}
