using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Http;

public sealed class ETagAndPageTests(ProbeHost probe)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stale_If_Match_is_refused_and_a_fresh_one_is_not()
    {
        using var client = probe.Client();
        using var created = await client.PostAsJsonAsync("/probe/things", new { name = "tag" }, Ct);
        var path = created.Headers.Location!.ToString();

        using var first = await Put(client, path, "\"1\"");
        using var stale = await Put(client, path, "\"1\"");
        using var weak = await Put(client, path, "W/\"2\"");
        using var junk = await Put(client, path, "junk");
        using var any = await Put(client, path, "*");
        using var without = await Put(client, path, null);

        Assert.Equal("\"2\"", first.Headers.ETag?.Tag);
        Assert.Equal(2, (await first.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("version").GetInt64());
        Assert.All([stale, weak, junk], answer => Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode));
        Assert.Equal("stale", (await stale.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.OK, any.StatusCode);
        Assert.Equal("\"4\"", without.Headers.ETag?.Tag);
    }

    [Fact]
    public async Task What_has_no_version_is_not_the_one_that_was_read()
    {
        using var client = probe.Client();

        using var tagged = await Put(client, "/probe/untagged", "\"1\"");
        using var any = await Put(client, "/probe/untagged", "*");
        using var without = await Put(client, "/probe/untagged", null);

        Assert.Equal(HttpStatusCode.PreconditionFailed, tagged.StatusCode);
        Assert.All([any, without], answer => Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode));
    }

    [Fact]
    public async Task A_row_that_changed_between_read_and_write_is_a_conflict()
    {
        using var client = probe.Client();
        using var created = await client.PostAsJsonAsync("/probe/things", new { name = "race" }, Ct);
        var path = created.Headers.Location!.ToString();

        var slow = client.PutAsJsonAsync(path, new { name = "slow", text = "slow" }, Ct);
        await Task.Delay(100, Ct);
        using var fast = await client.PutAsJsonAsync(path, new { name = "fast" }, Ct);
        using var lost = await slow;

        Assert.Equal(HttpStatusCode.OK, fast.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, lost.StatusCode);
        Assert.Equal("changed_meanwhile", (await lost.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task What_the_reader_has_already_is_not_sent_again()
    {
        using var client = probe.Client();
        using var created = await client.PostAsJsonAsync("/probe/things", new { name = "cached" }, Ct);
        using var request = new HttpRequestMessage(HttpMethod.Get, created.Headers.Location);
        request.Headers.IfNoneMatch.Add(new("\"1\""));

        using var answer = await client.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
        Assert.Equal("\"1\"", answer.Headers.ETag?.Tag);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Ct));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("-id")]
    public async Task Pages_hold_every_row_once_in_order(string sort)
    {
        using var client = probe.Client();
        var name = "p" + Guid.CreateVersion7().ToString("N")[16..];
        for (var i = 0; i < 7; i++)
            using (await client.PostAsync($"/probe/slow?name={name}", null, Ct))
            {
            }

        var ids = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = await client.GetFromJsonAsync<JsonElement>($"/probe/things?name={name}&sort={sort}&limit=3{(cursor is null ? "" : "&cursor=" + cursor)}", Ct);
            ids.AddRange(page.GetProperty("data").EnumerateArray().Select(thing => thing.GetProperty("id").GetGuid()));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(7, ids.Count);
        Assert.Equal(sort == "id" ? ids.Order() : ids.OrderDescending(), ids);
        Assert.Equal(7, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_cursor_is_of_one_list_one_filter_and_one_caller()
    {
        using var client = probe.Client();
        using var other = probe.Client();
        var name = "c" + Guid.CreateVersion7().ToString("N")[16..];
        for (var i = 0; i < 3; i++)
            using (await client.PostAsync($"/probe/slow?name={name}", null, Ct))
            {
            }
        var cursor = (await client.GetFromJsonAsync<JsonElement>($"/probe/things?name={name}&limit=1", Ct)).GetProperty("next_cursor").GetString()!;
        // The last character may hold bits that are not used; the one in the middle does not.
        var changed = cursor[..20] + (cursor[20] == 'A' ? 'B' : 'A') + cursor[21..];

        using var good = await client.GetAsync($"/probe/things?name={name}&limit=2&cursor={cursor}", Ct);
        using var filter = await client.GetAsync($"/probe/things?name=other&cursor={cursor}", Ct);
        using var order = await client.GetAsync($"/probe/things?name={name}&sort=-id&cursor={cursor}", Ct);
        using var caller = await other.GetAsync($"/probe/things?name={name}&cursor={cursor}", Ct);
        using var forged = await client.GetAsync($"/probe/things?name={name}&cursor={changed}", Ct);

        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.All([filter, order, caller, forged], answer => Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode));
    }

    private static Task<HttpResponseMessage> Put(HttpClient client, string path, string? ifMatch)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(new { name = Guid.CreateVersion7().ToString("N")[16..] }) };
        if (ifMatch is not null)
            Assert.True(request.Headers.TryAddWithoutValidation("If-Match", ifMatch));
        return client.SendAsync(request, Ct);
    }
}
