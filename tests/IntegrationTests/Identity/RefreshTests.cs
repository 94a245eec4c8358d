using System.Diagnostics;

namespace Souk.IntegrationTests.Identity;

/// <summary>P25: reuse of a refresh token ends the family; a lost answer does not.</summary>
[Trait("Shape", "both")]
public sealed class RefreshTests(SoukServer souk, ITestOutputHelper output)
{
    [Fact]
    public async Task A_refresh_token_is_taken_for_new_tokens()
    {
        using var client = souk.Client();
        var tokens = await New(client);
        for (var i = 0; i < 3; i++)
        {
            var next = (await Refresh(client, tokens)).Must(200);
            Assert.NotEqual(tokens, next.Text("refresh_token"));
            (await client.Me(next.Text("access_token"))).Must(200);
            tokens = next.Text("refresh_token");
        }
    }

    [Fact]
    public async Task Twenty_refreshes_of_one_token_at_once_get_one_successor()
    {
        using var client = souk.Client();
        var token = await New(client);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Refresh(client, token)));

        Assert.All(answers, answer => answer.Must(200));
        var successor = Assert.Single(answers.Select(answer => answer.Text("refresh_token")).Distinct());
        (await Refresh(client, successor)).Must(200);
        output.WriteLine($"{answers.Length} refreshes of one token at once: 1 successor, 0 refused");
    }

    [Fact]
    public async Task A_lost_answer_is_given_again_while_its_token_was_not_used()
    {
        using var client = souk.Client();
        var first = await New(client);
        var second = (await Refresh(client, first)).Must(200).Text("refresh_token");

        const int Replays = 5;
        for (var n = 0; n < Replays; n++)
            Assert.Equal(second, (await Refresh(client, first)).Must(200).Text("refresh_token"));
        (await Refresh(client, second)).Must(200);
        output.WriteLine(
            $"{Replays} replays of the direct predecessor: {Replays} times the same successor, 0 false revocations");
    }

    [Fact]
    public async Task A_grandparent_that_comes_back_ends_the_family()
    {
        using var client = souk.Client();
        var signedIn = await client.SignedIn((await client.NewCustomer()).Email);
        var first = signedIn.Text("refresh_token");
        var second = (await Refresh(client, first)).Must(200).Text("refresh_token");
        var third = (await Refresh(client, second)).Must(200);

        (await Refresh(client, first)).Refused(401, "refresh_token_reused");

        var revoked = Stopwatch.GetTimestamp();
        (await Refresh(client, third.Text("refresh_token"))).Refused(401, "invalid_refresh_token");
        await IsRefused(client, third.Text("access_token"));
        await IsRefused(client, signedIn.Text("access_token"));
        output.WriteLine(
            "a grandparent: 0 of 1 accepted; its family's access tokens were refused after "
            + $"{Stopwatch.GetElapsedTime(revoked).TotalSeconds:0.00} s");
    }

    [Fact]
    public async Task Whoever_owns_the_account_gets_a_mail_about_it()
    {
        using var client = souk.Client();
        var (email, _) = await client.NewCustomer();
        var first = (await client.SignedIn(email)).Text("refresh_token");
        var second = (await Refresh(client, first)).Must(200).Text("refresh_token");
        (await Refresh(client, second)).Must(200);

        (await Refresh(client, first)).Refused(401, "refresh_token_reused");

        await Eventually(async () => Assert.Contains("You were signed out on one device", await client.Mails(email)));
    }

    [Fact]
    public async Task A_predecessor_that_comes_back_after_ten_seconds_ends_the_family()
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();
        var first = (await client.SignedIn(email)).Text("refresh_token");
        var second = (await Refresh(client, first)).Must(200);
        await souk.Execute("update identity.sessions set rotated_at = rotated_at - interval '11 seconds' where account_id = $1", account);

        (await Refresh(client, first)).Refused(401, "refresh_token_reused");

        (await Refresh(client, second.Text("refresh_token"))).Refused(401, "invalid_refresh_token");
        await IsRefused(client, second.Text("access_token"));
    }

    [Fact]
    public async Task Another_sign_in_of_the_same_person_lives_on()
    {
        using var client = souk.Client();
        var (email, _) = await client.NewCustomer();
        var (stolen, other) = (await client.SignedIn(email), await client.SignedIn(email));
        var second = (await Refresh(client, stolen.Text("refresh_token"))).Must(200).Text("refresh_token");
        (await Refresh(client, second)).Must(200);
        (await Refresh(client, stolen.Text("refresh_token"))).Refused(401, "refresh_token_reused");

        (await Refresh(client, other.Text("refresh_token"))).Must(200);
        (await client.Me(other.Text("access_token"))).Must(200);
    }

    [Fact]
    public async Task What_is_no_refresh_token_of_ours_ends_nothing()
    {
        using var client = souk.Client();
        var signedIn = await client.SignedIn((await client.NewCustomer()).Email);
        var token = signedIn.Text("refresh_token");

        foreach (var bad in new[] { "x", token[..^6] + "AAAAAA", signedIn.Text("access_token")[..100], new string('A', 91) })
            (await Refresh(client, bad)).Refused(401, "invalid_refresh_token");
        (await client.Me(token)).Refused(401, "invalid_token");
        (await Refresh(client, token)).Must(200);
    }

    [Fact]
    public async Task No_token_lies_in_the_database()
    {
        using var client = souk.Client();
        var (email, account) = await client.NewCustomer();
        var signedIn = await client.SignedIn(email);
        var raw = System.Buffers.Text.Base64Url.DecodeFromChars(signedIn.Text("refresh_token"));
        var secret = raw.AsSpan(20, 32).ToArray();

        Assert.Equal(0, await souk.Value<long>(
            "select count(*) from identity.sessions where account_id = $1 and (token_hash = $2 or previous_hash = $2)", account, secret));
        Assert.Equal(1, await souk.Value<long>(
            "select count(*) from identity.sessions where account_id = $1 and token_hash = sha256($2)", account, secret));
    }

    private static async Task<string> New(HttpClient client) => (await client.SignedIn((await client.NewCustomer()).Email)).Text("refresh_token");

    private static Task<Reply> Refresh(HttpClient client, string token) => client.Post("/auth/refresh-token", new { refresh_token = token });

    private static Task<Reply> IsRefused(HttpClient client, string accessToken) =>
        Eventually(async () => (await client.Me(accessToken)).Refused(401, "invalid_token"), TimeSpan.FromSeconds(5));
}
