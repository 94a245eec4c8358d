using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Drafts;

/// <summary>
/// Every route of the drafts that this marketplace was asked for in: a request in the words of the draft, and what comes of
/// it. The rows stand beside, by service; whatever the drafts name has one.
/// </summary>
[Trait("Shape", "both")]
public sealed partial class DraftRouteTests(DraftMarket market) : IClassFixture<DraftMarket>
{
    private static readonly string Folder = Path.GetFullPath("../shared/seeds", Repository.Root);

    // Of services that are not there yet.
    private static readonly string[] Later = ["/review", "/affiliate", "/search", "/analytics"];

    private static readonly Dictionary<string, Func<DraftMarket, Task>> Rows = new[]
    {
        AccountRows.All, CatalogRows.All, InventoryRows.All, CartRows.All, OrderRows.All, PaymentRows.All,
        NotificationRows.All,
    }.SelectMany(rows => rows).ToDictionary();

    public static TheoryData<string> Routes => [.. Rows.Keys];

    [Theory, MemberData(nameof(Routes))]
    public Task A_route_of_the_drafts_does_what_it_says(string route) => Rows[route](market);

    [Fact, Trait("Data", "shared")]
    public async Task No_route_of_the_drafts_is_missing_and_none_is_made_up()
    {
        if (!Directory.Exists(Folder))
            Assert.Skip($"The drafts are not in {Folder}. The rows above are all of their routes, and were run.");
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Folder))
            foreach (Match route in Route().Matches(
                await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)))
                named.Add($"{route.Groups["method"].Value} {route.Groups["path"].Value}");
        named.RemoveWhere(route => Later.Any(service =>
            route.Split(' ')[1].StartsWith(service, StringComparison.Ordinal)));

        Assert.True(named.Count > 80, $"Only {named.Count} routes were found in the drafts.");
        Assert.Empty(named.Except(Rows.Keys));
        Assert.Empty(Rows.Keys.Except(named));
    }

    // - `POST /user/register` - Register a new user
    [GeneratedRegex(@"^\s*- `(?<method>GET|POST|PUT|DELETE) (?<path>/[^`\s]+)`", RegexOptions.Multiline)]
    private static partial Regex Route();
}
