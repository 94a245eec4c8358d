namespace Souk.IntegrationTests.Split;

/// <summary>What cannot work together is refused at the start: a readable line each, and exit code 78.</summary>
public sealed class StartTests
{
    private const string One = "Host=127.0.0.1;Port=1;Database=one";
    private const string Other = "Host=127.0.0.1;Port=1;Database=other";

    public static TheoryData<string, Dictionary<string, string?>, string[]> Wrong => new()
    {
        { "a role that is none", new() { ["roles"] = "orders,dragons" }, ["dragons"] },
        { "no role", new() { ["roles"] = "," }, ["--roles"] },
        { "nobody to ask", new() { ["roles"] = "orders" }, ["Neighbours__Identity", "Neighbours__Carts"] },
        {
            "a neighbour that is no address, one with a path",
            new()
            {
                ["roles"] = "orders",
                ["Neighbours:Identity"] = "identity:5100",
                ["Neighbours:Carts"] = "http://carts:5100/in",
            },
            ["Neighbours__Identity", "Neighbours__Carts"]
        },
        {
            "nowhere to be asked",
            new() { ["roles"] = "catalog", ["Neighbours:Identity"] = "http://identity:5100" }, ["Internal__Urls"]
        },
        {
            "asked where everybody may",
            new()
            {
                ["roles"] = "identity", ["Internal:Urls"] = "http://0.0.0.0:5077", ["urls"] = "http://127.0.0.1:5077",
            },
            ["Internal__Urls"]
        },
        { "asked nowhere", new() { ["Internal:Urls"] = "5100" }, ["Internal__Urls"] },
        {
            "several databases and nothing between them",
            new() { ["ConnectionStrings:Orders"] = Other }, ["Kafka__BootstrapServers"]
        },
        {
            "several databases, one by its login",
            new() { ["ConnectionStrings:OrdersLogin"] = Other }, ["Kafka__BootstrapServers"]
        },
        {
            "a service without a database",
            new()
            {
                ["ConnectionStrings:Souk"] = null, ["ConnectionStrings:Orders"] = Other, ["roles"] = "orders,payments",
            },
            ["ConnectionStrings__Payments"]
        },
        { "a string that is none", new() { ["ConnectionStrings:Orders"] = "nonsense" }, ["ConnectionStrings__Orders"] },
    };

    [Theory, MemberData(nameof(Wrong))]
    public async Task What_cannot_work_is_a_line_each_and_exit_code_78(
        string what, Dictionary<string, string?> settings, string[] named)
    {
        await using var souk = new SoukProcess(One, settings);

        var (exitCode, output) = await souk.Command();

        var lines = output.Split('\n').Where(line => line.StartsWith("souk: ", StringComparison.Ordinal)).ToList();
        Assert.True(78 == exitCode, $"{what}: {exitCode} {output}");
        Assert.Equal(named.Length, lines.Count);
        Assert.All(named, name => Assert.Single(lines, line => line.Contains(name, StringComparison.Ordinal)));
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
