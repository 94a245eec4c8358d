using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Souk.UnitTests.Architecture;

/// <summary>
/// Every operation of the document has its line in <c>tests/rights.txt</c>, and every member of an answer in
/// <c>tests/seen.txt</c>: what nobody thought about nobody may do, or see.
/// </summary>
public sealed partial class RightsTests
{
    private static readonly string[][] Lines = Read("rights.txt");

    [Fact]
    public void Every_operation_has_a_line_that_says_who_may()
    {
        var operations = Document()["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()
            .Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}")).ToArray();
        var lines = Lines.Select(line => line[0]).ToArray();

        Source.None([
            .. operations.Except(lines).Select(operation =>
                $"{operation} has no line in tests/rights.txt. Say there who may; the head of the file has the words."),
            .. lines.Except(operations).Select(line =>
                $"tests/rights.txt has a line for {line}, which is not in docs/openapi.json."),
        ]);
    }

    [Fact]
    public void The_lines_are_sorted_and_have_only_words_that_mean_something()
    {
        var lines = Lines.Select(line => line[0]).ToArray();

        Assert.Equal(lines.Order(StringComparer.Ordinal), lines);
        Source.None(Lines.Where(line => line.Length < 2 || !line[1].Split(' ').All(word => Word().IsMatch(word)))
            .Select(line => string.Join(" | ", line)));
        foreach (var line in Lines.Where(line => line.Length == 3))
            JsonDocument.Parse(line[2]).Dispose();
    }

    [Fact]
    public void Every_member_of_an_answer_has_a_line_that_says_who_sees_it()
    {
        var document = Document();
        var schemas = document["components"]!["schemas"]!.AsObject();
        var reached = new HashSet<string>(StringComparer.Ordinal);
        foreach (var answer in document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject())
            .SelectMany(operation => operation.Value!["responses"]!.AsObject())
            .Where(answer => answer.Key[0] == '2'))
            Reach(answer.Value, schemas, reached);
        var members = reached.SelectMany(name =>
            schemas[name]!["properties"]?.AsObject().Select(property => $"{name}.{property.Key}") ?? []).ToArray();
        var lines = Read("seen.txt");
        var names = lines.Select(line => line[0]).ToArray();
        var whole = reached.Select(name => name + ".*").Intersect(names).ToArray();

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Source.None([
            .. members.Except(names).Where(member => !whole.Contains(member.Split('.')[0] + ".*")).Select(member =>
                $"{member} has no line in tests/seen.txt. Say there who sees it; the head of the file has the words."),
            .. names.Except(members).Except(whole).Select(name =>
                $"tests/seen.txt has a line for {name}, which is in no answer of docs/openapi.json."),
            .. lines.Where(line => line.Length != 2 || !line[1].Split(' ').All(word => Group().IsMatch(word)))
                .Select(line => string.Join(" | ", line)),
            .. lines.Where(line => whole.Contains(line[0]) && line[1].Split(' ').Any(word => !Few().IsMatch(word)))
                .Select(line => $"{line[0]} is seen by others than sellers, operators and staff: name each member."),
        ]);
    }

    private static JsonNode Document() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Source.Root, "docs", "openapi.json")))!;

    private static string[][] Read(string file) =>
        [.. File.ReadLines(Path.Combine(Source.Root, "tests", file)).Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('|', 3, StringSplitOptions.TrimEntries))];

    private static void Reach(JsonNode? node, JsonObject schemas, HashSet<string> reached)
    {
        if (node is JsonObject members)
            foreach (var (name, value) in members)
                if (name == "$ref" && value!.ToString().Split('/') is [_, _, "schemas", var schema])
                {
                    if (reached.Add(schema))
                        Reach(schemas[schema], schemas, reached);
                }
                else if (name != "example")
                    Reach(value, schemas, reached);
        foreach (var item in node as JsonArray ?? [])
            Reach(item, schemas, reached);
    }

    [GeneratedRegex("^(all|nobody|buyer|guest|seller|operator|staff)$")]
    private static partial Regex Group();

    [GeneratedRegex("^(seller|operator|staff)$")]
    private static partial Regex Few();

    [GeneratedRegex(@"^(everybody|signed-in|people|own|owner|buyer|guest|keeper|stored|[~?][a-z_]+"
        + @"|!?(sellers?|staff)(:(\*|[a-z_]+\.[a-z_]+(\+[a-z_]+\.[a-z_]+)*))?)$")]
    private static partial Regex Word();
}
