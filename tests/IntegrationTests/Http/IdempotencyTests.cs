using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Souk.IntegrationTests.Http;

public sealed class IdempotencyTests(ProbeHost probe)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_retry_gets_the_same_answer_and_the_effect_happens_once()
    {
        using var client = probe.Client();
        var (key, name) = (NewKey(), NewName());

        using var first = await Post(client, "/probe/things", key, $$"""{"name":"{{name}}"}""");
        // White space and escapes make no other request.
        using var second = await Post(client, "/probe/things", key, $$"""{ "name" : "\u{{(int)name[0]:x4}}{{name[1..]}}" }""");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal("true", Assert.Single(second.Headers.GetValues("Idempotent-Replayed")));
        Assert.Equal(await first.Content.ReadAsByteArrayAsync(Ct), await second.Content.ReadAsByteArrayAsync(Ct));
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.NotNull(first.Headers.Location);
        Assert.Equal("\"1\"", first.Headers.ETag?.Tag);
        Assert.Equal("\"1\"", second.Headers.ETag?.Tag);
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.Equal(1, await probe.Count(name));
    }

    [Fact]
    public async Task Many_at_once_with_one_key_have_one_effect_and_one_answer()
    {
        using var client = probe.Client();
        var (key, name) = (NewKey(), NewName());

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async n =>
        {
            using var answer = await Post(client, $"/probe/slow?name={name}&ms=300", key);
            return (answer.StatusCode, Replayed: answer.Headers.Contains("Idempotent-Replayed"), Body: await answer.Content.ReadAsStringAsync(Ct));
        }));

        Assert.Equal(1, await probe.Count(name));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Single(answers.Select(answer => answer.Body).Distinct());
        Assert.Equal(19, answers.Count(answer => answer.Replayed));
    }

    [Fact]
    public async Task While_the_first_runs_a_retry_waits_two_seconds_and_is_told_to_come_back()
    {
        using var client = probe.Client();
        var (key, name) = (NewKey(), NewName());

        var first = Post(client, $"/probe/slow?name={name}&ms=2600", key);
        await Task.Delay(200, Ct);
        using var second = await Post(client, $"/probe/slow?name={name}&ms=2600", key);

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Equal("still_running", await Code(second));
        Assert.NotNull(second.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.Created, (await first).StatusCode);
        using var third = await Post(client, $"/probe/slow?name={name}&ms=2600", key);
        Assert.Equal(HttpStatusCode.Created, third.StatusCode);
        Assert.Equal(1, await probe.Count(name));
    }

    [Fact]
    public async Task A_key_used_for_another_request_is_refused()
    {
        using var client = probe.Client();
        var key = NewKey();

        using var first = await Post(client, "/probe/things", key, """{"name":"one"}""");
        using var second = await Post(client, "/probe/things", key, """{"name":"two"}""");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, second.StatusCode);
        Assert.Equal("idempotency_key_reused", await Code(second));
    }

    [Fact]
    public async Task Two_callers_and_two_strangers_do_not_share_keys()
    {
        using var one = probe.Client();
        using var other = probe.Client();
        using var stranger = probe.Stranger();
        var (key, name) = (NewKey(), NewName());

        foreach (var client in new[] { one, other, stranger, stranger })
            using (var answer = await Post(client, "/probe/things", key, $$"""{"name":"{{name}}"}"""))
                Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        using (var answer = await Post(stranger, "/probe/things", key, $$"""{"name":"{{NewName()}}"}"""))
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);

        Assert.Equal(3, await probe.Count(name));
    }

    [Theory]
    [InlineData(402)]
    [InlineData(409)]
    public async Task A_refusal_that_was_thrown_is_stored_and_what_it_changed_is_not(int status)
    {
        using var client = probe.Client();
        var (key, name) = (NewKey(), NewName());

        using var first = await Post(client, $"/probe/refuse?name={name}&status={status}", key);
        using var second = await Post(client, $"/probe/refuse?name={name}&status={status}", key);

        Assert.Equal(status, (int)first.StatusCode);
        Assert.Equal(status, (int)second.StatusCode);
        Assert.True(second.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(await first.Content.ReadAsStringAsync(Ct), await second.Content.ReadAsStringAsync(Ct));
        Assert.Equal(0, await probe.Count(name));
    }

    [Theory]
    [InlineData(422)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task What_never_began_is_not_stored(int status)
    {
        using var client = probe.Client();
        var (key, name) = (NewKey(), NewName());

        foreach (var route in new[] { "refuse", "decline" })
            for (var i = 0; i < 2; i++)
                using (var answer = await Post(client, $"/probe/{route}?name={name}&status={status}", key + route))
                {
                    Assert.Equal(status, (int)answer.StatusCode);
                    Assert.False(answer.Headers.Contains("Idempotent-Replayed"));
                }
    }

    [Fact]
    public async Task A_refusal_that_was_returned_is_committed_with_what_it_changed()
    {
        using var client = probe.Client();
        var (key, name) = (NewKey(), NewName());

        using var first = await Post(client, $"/probe/decline?name={name}&status=402", key);
        using var second = await Post(client, $"/probe/decline?name={name}&status=402", key);

        Assert.Equal(HttpStatusCode.PaymentRequired, first.StatusCode);
        Assert.Equal("declined", await Code(first));
        Assert.Equal(await first.Content.ReadAsStringAsync(Ct), await second.Content.ReadAsStringAsync(Ct));
        Assert.Equal(1, await probe.Count(name));
    }

    [Fact]
    public async Task Where_the_key_is_required_a_request_without_one_or_with_a_bad_one_is_refused()
    {
        using var client = probe.Client();

        using var without = await Post(client, "/probe/paid", null);
        using var tooLong = await Post(client, "/probe/paid", new string('k', 256));
        using var two = new HttpRequestMessage(HttpMethod.Post, "/probe/paid");
        two.Headers.Add("Idempotency-Key", ["one", "two"]);
        using var twice = await client.SendAsync(two, Ct);
        using var good = await Post(client, "/probe/paid", NewKey());

        Assert.Equal((HttpStatusCode.BadRequest, "idempotency_key_required"), (without.StatusCode, await Code(without)));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_idempotency_key"), (tooLong.StatusCode, await Code(tooLong)));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_idempotency_key"), (twice.StatusCode, await Code(twice)));
        Assert.Equal(HttpStatusCode.NoContent, good.StatusCode);
    }

    [Fact]
    public async Task An_answer_that_an_event_brings_is_waited_for_and_replayed()
    {
        using var client = probe.Client();
        var key = NewKey();

        using var first = await Post(client, "/probe/late?status=201&ms=100", key);
        using var second = await Post(client, "/probe/late?status=201&ms=100", key);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.StartsWith("/late/", first.Headers.Location?.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"late\":true", await first.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal("application/json", first.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.True(second.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(await first.Content.ReadAsStringAsync(Ct), await second.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task A_retry_while_the_answer_is_on_its_way_gets_that_answer()
    {
        using var client = probe.Client();
        var key = NewKey();

        var first = Post(client, "/probe/late?status=409&ms=900", key);
        await Task.Delay(300, Ct);
        var second = await Post(client, "/probe/late?status=409&ms=900", key);
        // On a busy machine it may still be running after the two seconds that a retry waits: it says so, and is asked again.
        while ((await second.Content.ReadAsStringAsync(Ct)).Contains("still_running", StringComparison.Ordinal))
            second = await Post(client, "/probe/late?status=409&ms=900", key);

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Equal("application/problem+json", second.Content.Headers.ContentType?.MediaType);
        Assert.Equal(await (await first).Content.ReadAsStringAsync(Ct), await second.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task When_the_wait_is_over_the_fallback_is_the_answer_for_good()
    {
        using var client = probe.Client();
        var key = NewKey();

        using var first = await Post(client, "/probe/late?status=201&ms=1200&limit=200", key);
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.StartsWith("/wait/", first.Headers.Location?.ToString(), StringComparison.Ordinal);
        await Task.Delay(2000, Ct);
        using var second = await Post(client, "/probe/late?status=201&ms=1200&limit=200", key);

        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(await first.Content.ReadAsStringAsync(Ct), await second.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task Who_waits_for_an_answer_has_one_before_the_time_of_the_request_is_over()
    {
        using var client = probe.Client();

        // Longer than a write may take; and the answer never comes.
        using var answer = await Post(client, "/probe/late?status=0&ms=0&limit=20000", NewKey());

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.StartsWith("/wait/", answer.Headers.Location?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_works_without_a_key_and_for_many_at_once()
    {
        using var client = probe.Client();

        var bodies = await Task.WhenAll(Enumerable.Range(0, 32).Select(async n =>
        {
            using var answer = await Post(client, "/probe/late?status=201&ms=0", null);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync(Ct);
        }));

        Assert.Equal(32, bodies.Distinct().Count());
    }

    [Fact]
    public async Task Entries_of_a_batch_are_writes_of_their_own()
    {
        using var client = probe.Client();
        var (good, refused) = (NewName(), NewName());
        var body = $$"""[{"name":"{{good}}"},{"name":"{{refused}}","quantity":9},{"name":"{{good}}"},{"name":"{{good}}","quantity":2}]""";

        using var answer = await Post(client, "/probe/batch", null, body);
        using var again = await Post(client, "/probe/batch", null, body);

        var entries = (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).EnumerateArray().ToArray();
        Assert.Equal([201, 409, 201, 422], entries.Select(entry => entry.GetProperty("status").GetInt32()));
        Assert.Equal(entries[0].GetProperty("body").GetRawText(), entries[2].GetProperty("body").GetRawText());
        Assert.Equal("idempotency_key_reused", entries[3].GetProperty("body").GetProperty("code").GetString());
        Assert.Equal((1, 0), (await CountLate(entries[0]), await probe.Count(refused)));
        Assert.Equal(
            entries.Take(3).Select(entry => entry.GetRawText()),
            (await again.Content.ReadFromJsonAsync<JsonElement>(Ct)).EnumerateArray().Take(3).Select(entry => entry.GetRawText()));
    }

    [Fact]
    public async Task Five_hundred_keys_with_up_to_twenty_retries_have_one_effect_and_one_answer_each()
    {
        const int keys = 500;
        using var client = probe.Client();
        var random = new Random(20261120);
        var retries = Enumerable.Range(0, keys).Select(_ => random.Next(1, 21)).ToArray();
        var batch = NewName();
        var failures = 0;

        await Parallel.ForEachAsync(Enumerable.Range(0, keys), new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Ct }, async (n, ct) =>
        {
            var bodies = await Task.WhenAll(Enumerable.Range(0, retries[n]).Select(async _ =>
            {
                while (true)
                {
                    using var answer = await Post(client, $"/probe/slow?name={batch}-{n}", $"{batch}-{n}");
                    if (answer.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable)
                        continue; // Still running, or too many of us: the answer says to retry.
                    if (answer.StatusCode >= HttpStatusCode.InternalServerError)
                        Interlocked.Increment(ref failures);
                    return await answer.Content.ReadAsStringAsync(ct);
                }
            }));
            Assert.Single(bodies.Distinct());
        });

        await using var count = probe.Data.CreateCommand("select count(*), count(distinct name) from probe.things where starts_with(name, $1)");
        count.Parameters.AddWithValue(batch);
        await using var reader = await count.ExecuteReaderAsync(Ct);
        await reader.ReadAsync(Ct);
        TestContext.Current.TestOutputHelper?.WriteLine($"{keys} keys, {retries.Sum()} requests, {reader.GetInt64(0)} effects, {failures} answers of 5xx");
        Assert.Equal((keys, keys, 0), (reader.GetInt64(0), reader.GetInt64(1), failures));
    }

    private Task<long> CountLate(JsonElement entry) => probe.CountId(entry.GetProperty("body").GetProperty("id").GetGuid());

    private static string NewKey() => Guid.CreateVersion7().ToString();

    private static string NewName() => "n" + Guid.CreateVersion7().ToString("N")[16..];

    private static Task<HttpResponseMessage> Post(HttpClient client, string path, string? key, string? json = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return client.SendAsync(request, Ct);
    }

    private static async Task<string?> Code(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("code").GetString();
}
