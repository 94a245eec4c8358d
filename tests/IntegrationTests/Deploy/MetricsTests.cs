using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Deploy;

/// <summary>Whoever watches sees something: what the alert rules and the dashboards ask for is what the program shows.</summary>
public sealed partial class MetricsTests
{
    private static readonly HashSet<string> Words = ["and", "or", "unless", "bool", "offset", "up"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_rules_and_dashboards_ask_for_is_there_after_a_trade_and_tells_the_truth()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings));
        Assert.Equal(0, (await souk.Command("migrate")).ExitCode);
        await using var stuck = await Plant(database);
        await souk.Start();
        var street = new Street(souk.Client);
        var seller = await street.Seller();
        var lamp = await seller.Sells(1999, 10);
        await street.OnSale(lamp);
        using var buyer = await street.Buyer();
        var key = Guid.CreateVersion7().ToString();
        for (var time = 0; time < 2; time++)
            using (await buyer.Order(key, [(lamp, 1)], Ct, ("card", "tok_success")))
            {
                // The second is a replay.
            }
        using var stranger = await street.Guest().GetAsync("/profile/me", Ct);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);

        var text = await street.Guest().GetStringAsync("/metrics", Ct);
        var shown = Shown().Matches(text).Select(line => line.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        var unknown = Expressions()
            .SelectMany(expression => Names(expression.Text).Select(name => (expression.Where, Name: name)))
            .Where(asked => !shown.Contains(asked.Name) && !Recorded().Contains(asked.Name) && !InTheSource(asked.Name))
            .Distinct().ToList();

        Assert.Empty(unknown);
        Assert.Contains("dlq_events{service=\"carts\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("dlq_events{service=\"orders\"} 0\n", text, StringComparison.Ordinal);
        Assert.Matches("dlq_oldest_seconds\\{service=\"carts\"\\} 36\\d\\d", text);
        Assert.Matches("outbox_oldest_seconds\\{service=\"notifications\"\\} 36\\d\\d", text);
        Assert.Contains("saga_overdue{service=\"orders\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("idempotency_replays_total 1\n", text, StringComparison.Ordinal);
    }

    // A dead letter of an hour ago; and an event of then that no relay can take, as long as somebody holds the topic.
    private static async Task<NpgsqlConnection> Plant(TestDatabase database)
    {
        var holder = new NpgsqlConnection(database.Owner);
        await holder.OpenAsync(Ct);
        await using var plant = new NpgsqlCommand("""
            insert into carts.parked (id, topic, pos, type, key, payload, reason, attempts, dead, first_failed_at)
            values (gen_random_uuid(), 'orders', 1, 'OrderConfirmed', gen_random_uuid(), '{}', 'rain', 5, true,
                    now() - interval '1 hour');
            insert into notifications.outbox (id, type, key, payload, at)
            values (gen_random_uuid(), 'LetterLost', gen_random_uuid(), '{}', now() - interval '1 hour');
            """, holder);
        await plant.ExecuteNonQueryAsync(Ct);
        await using var hold = new NpgsqlCommand("begin; select next from notifications.topic for update", holder);
        await hold.ExecuteNonQueryAsync(Ct);
        return holder;
    }

    private static IEnumerable<(string Where, string Text)> Expressions()
    {
        foreach (var file in Files("prometheus", "alerts.yml"))
            foreach (Match expression in Rule().Matches(File.ReadAllText(file)))
                yield return (Path.GetFileName(file), expression.Groups["text"].Value);
        foreach (var file in Files("grafana", "*.json"))
            foreach (var target in Targets(JsonNode.Parse(File.ReadAllText(file))!))
                yield return (Path.GetFileName(file), target);
    }

    private static IEnumerable<string> Targets(JsonNode node) => node switch
    {
        JsonObject members => members.SelectMany(member => member is { Key: "expr", Value: JsonValue text }
            ? [(string)text!]
            : member.Value is { } value ? Targets(value) : []),
        JsonArray items => items.OfType<JsonNode>().SelectMany(Targets),
        _ => [],
    };

    // What is left of an expression without texts, selectors, ranges and groupings, and is no function.
    private static IEnumerable<string> Names(string expression) =>
        Name().Matches(Aside().Replace(Text().Replace(expression, " "), " ")).Select(name => name.Value)
            .Where(name => !Words.Contains(name)).Distinct();

    private static HashSet<string> Recorded() => [.. Files("prometheus", "alerts.yml")
        .SelectMany(file => Record().Matches(File.ReadAllText(file)).Select(record => record.Groups["name"].Value))];

    // Some instruments show nothing before there is Kafka or Redis to measure.
    private static bool InTheSource(string name) => Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
        .SelectMany(file => Instrument().Matches(File.ReadAllText(file)))
        .Any(made => made.Groups["name"].Value == name.Replace("_total", "", StringComparison.Ordinal));

    private static string[] Files(string folder, string pattern)
    {
        var root = Path.Combine(Repository.Root, "deploy", folder);
        var files = Directory.GetFiles(root, pattern, SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        return files;
    }

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][\w:]*)[{ ]", RegexOptions.Multiline)]
    private static partial Regex Shown();

    [GeneratedRegex(@"^ *expr: (\|\n)?(?<text>.*(\n {10,}.*)*)$", RegexOptions.Multiline)]
    private static partial Regex Rule();

    [GeneratedRegex(@"record: (?<name>\S+)")]
    private static partial Regex Record();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Aside();

    [GeneratedRegex(@"\b[a-zA-Z_][\w:]*\b(?!\s*\()")]
    private static partial Regex Name();

    [GeneratedRegex("""Create(Counter|Gauge|Histogram|ObservableGauge)<\w+>\(\s*"(?<name>\w+)""")]
    private static partial Regex Instrument();
}
