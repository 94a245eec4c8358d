using System.Text.Json;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Http;

/// <summary>The page to try the API, as a browser loads it: the page, what it names, and what it may load by its policy.</summary>
[Trait("Shape", "one")]
public sealed partial class DocsTests(SoukServer souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_names_nothing_that_is_not_there_or_that_its_policy_forbids()
    {
        using var http = souk.Client();
        using var moved = await http.GetAsync("/docs", Ct);
        Assert.Equal(301, (int)moved.StatusCode);
        var address = new Uri(new Uri(souk.Url, "/docs"), moved.Headers.Location!);

        using var page = await http.GetAsync(address, Ct);
        var html = await page.Content.ReadAsStringAsync(Ct);
        var named = Named().Matches(html).Select(tag => (Kind: tag.Groups["tag"].Value, Url: tag.Groups["url"].Value)).ToList();

        Assert.Equal("text/html", Type(page));
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        foreach (var only in new[] { "default-src 'none'", "script-src 'self'", "connect-src 'self'" })
            Assert.Contains(only, policy.Split("; "));
        // A script in the page itself, or one of another host, would not run.
        Assert.DoesNotMatch(@"<script(?![^>]*\ssrc=)[^>]*>|\son\w+=", html);
        Assert.Contains(named, one => one.Kind == "script");
        foreach (var (kind, url) in named)
        {
            var at = new Uri(address, url);
            Assert.Equal(souk.Url.Authority, at.Authority);
            using var file = await http.GetAsync(at, Ct);
            Assert.True(file.IsSuccessStatusCode, $"{url}: {file.StatusCode}");
            // With nosniff a browser takes nothing of another type.
            Assert.Contains(Type(file), kind == "script" ? ["text/javascript", "application/javascript"] : (string[])["text/css", "image/png"]);
            Assert.NotEmpty(await file.Content.ReadAsByteArrayAsync(Ct));
        }
    }

    [Fact]
    public async Task The_page_shows_the_document_of_the_routes()
    {
        using var http = souk.Client();

        var settings = await http.GetStringAsync("/docs/index.js", Ct);
        var url = Document().Match(settings).Groups["url"].Value;
        using var document = await http.GetAsync(url, Ct);

        Assert.Equal("application/json", Type(document));
        var read = JsonElement.Parse(await document.Content.ReadAsStringAsync(Ct));
        Assert.StartsWith("3.1", read.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.True(read.GetProperty("paths").TryGetProperty("/orders", out _));
    }

    private static string? Type(HttpResponseMessage answer) => answer.Content.Headers.ContentType?.MediaType;

    [GeneratedRegex("""<(?<tag>script|link|img)\s[^>]*(?:src|href)="(?<url>[^"]+)""")]
    private static partial Regex Named();

    [GeneratedRegex("""
        "urls":\[\{"url":"(?<url>[^"]+)"
        """)]
    private static partial Regex Document();
}
