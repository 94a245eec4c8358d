using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Gateway;

/// <summary>The real program behind the gateway: what a caller gets is what it would get without.</summary>
[Trait("Shape", "one")]
public sealed class ProgramTests(SoukServer souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_resource_is_read_changed_by_its_tag_and_refused_by_an_old_one()
    {
        using var seller = await souk.Seller();
        await using var nginx = await Nginx.Start(_ => [souk.Url.Authority], wait: "60s");
        using var client = new HttpClient { BaseAddress = nginx.Url };
        client.DefaultRequestHeaders.Authorization = new("Bearer", seller.AccessToken);
        using var read = await client.GetAsync($"/companies/{seller.CompanyId}", Ct);
        var tag = read.Headers.ETag!.ToString();
        using var first = await Rename(client, seller.CompanyId, tag);
        using var second = await Rename(client, seller.CompanyId, tag);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, second.StatusCode);
    }

    [Theory]
    [InlineData(2 << 20, 0, 0, 413, "body_too_large")]
    [InlineData(0, 9_000, 0, 414, "uri_too_long")]
    [InlineData(0, 0, 33_000, 431, "headers_too_large")]
    [InlineData(0, 0, 60_000, 431, "headers_too_large")]
    [InlineData(6 << 20, 0, 0, 413, "body_too_large")]
    [InlineData(0, 20_000, 0, 414, "uri_too_long")]
    public async Task Whoever_refuses_what_is_too_large_says_the_same(
        int body, int query, int headers, int status, string code)
    {
        await using var nginx = await Nginx.Start(_ => [souk.Url.Authority], wait: "60s");
        using var client = new HttpClient { BaseAddress = nginx.Url };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders?q=" + new string('x', query));
        request.Content = new ByteArrayContent(new byte[body]) { Headers = { ContentType = new("application/json") } };
        for (var (n, left) = (0, headers); left > 0; n++, left -= 10_000)
            request.Headers.Add($"X-Long-{n}", new string('x', Math.Min(left, 10_000)));

        using var answer = await client.SendAsync(request, Ct);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Ct))!["code"]);
    }

    private static Task<HttpResponseMessage> Rename(HttpClient client, Guid company, string tag)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/companies/{company}")
        {
            Content = JsonContent.Create(new { name = $"Renamed {Guid.CreateVersion7():N}", country = "DE" }),
        };
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        return client.SendAsync(request, Ct);
    }
}
