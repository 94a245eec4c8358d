using Microsoft.Extensions.DependencyInjection;
using Souk.Identity;
using Souk.Identity.Domain;

namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class TwoStepSignInTests(SoukServer souk)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_person_turns_it_on_and_signs_in_with_password_and_code()
    {
        var buyer = await souk.Buyer();
        Assert.False((await buyer.Get("/profile/me/totp")).Must(200).Json.GetProperty("enabled").GetBoolean());
        (await buyer.Post("/profile/me/totp", new { current_password = "wrong password of mine" }))
            .Refused(403, "reauthentication_required");
        (await buyer.Post("/profile/me/totp/confirm", new { code = "123456" })).Refused(409, "totp_not_begun");
        var begun = (await buyer.Post("/profile/me/totp", new { current_password = buyer.Password })).Must(200);
        Assert.Contains($"?secret={begun.Text("secret")}&", begun.Text("uri"), StringComparison.Ordinal);
        // Until a code has shown that the app has the secret, sign-in asks for none.
        await souk.Client().SignedIn(buyer.Email, buyer.Password);
        (await buyer.Post("/profile/me/totp/confirm", new { code = "abcdef" })).Refused(422, "invalid_code");

        var first = new { code = await Code(begun.Text("secret"), -1) };
        var codes = RecoveryCodes((await buyer.Post("/profile/me/totp/confirm", first)).Must(200));

        Assert.Equal(10, codes.Distinct().Count());
        (await buyer.Post("/profile/me/totp", new { current_password = buyer.Password })).Refused(409, "totp_on");
        var challenge = await Challenge(buyer);
        var tokens = (await SecondStep(challenge, await Code(begun.Text("secret")))).Must(200);
        Assert.Equal(buyer.Email, (await souk.Client().Me(tokens.Text("access_token"))).Must(200).Text("email"));
        Assert.Equal(10, (await buyer.Get("/profile/me/totp")).Must(200).Json.GetProperty("recovery_codes_left").GetInt32());
        await Eventually(async () => Assert.Contains("Two-step sign-in is on", await souk.Client().Mails(buyer.Email)));
    }

    [Fact]
    public async Task A_code_is_good_once_also_for_two_at_once()
    {
        var (buyer, secret, _) = await WithTwoSteps();
        var code = await Code(secret);
        var challenge = await Challenge(buyer);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SecondStep(challenge, code)));

        Assert.Equal([200, 401, 401, 401], answers.Select(answer => answer.Status).Order());
        (await SecondStep(challenge, code)).Refused(401, "invalid_code");
    }

    [Fact]
    public async Task A_recovery_code_opens_the_account_once()
    {
        var (buyer, _, codes) = await WithTwoSteps();

        (await SecondStep(await Challenge(buyer), codes[0])).Must(200);
        (await SecondStep(await Challenge(buyer), codes[0])).Refused(401, "invalid_code");
        (await SecondStep(await Challenge(buyer), codes[1].Replace("-", "", StringComparison.Ordinal).ToUpperInvariant())).Must(200);

        Assert.Equal(8, (await buyer.Get("/profile/me/totp")).Must(200).Json.GetProperty("recovery_codes_left").GetInt32());
        var (_, _, others) = await WithTwoSteps();
        (await SecondStep(await Challenge(buyer), others[0])).Refused(401, "invalid_code");
    }

    [Fact]
    public async Task New_recovery_codes_replace_the_old_ones()
    {
        var (buyer, secret, old) = await WithTwoSteps();
        var renew = new { current_password = buyer.Password, code = await Code(secret) };
        (await buyer.Post("/profile/me/totp/recovery-codes", renew with { code = "000000" })).Refused(422, "invalid_code");

        var codes = RecoveryCodes((await buyer.Post("/profile/me/totp/recovery-codes", renew)).Must(200));

        (await SecondStep(await Challenge(buyer), old[0])).Refused(401, "invalid_code");
        (await SecondStep(await Challenge(buyer), codes[0])).Must(200);
    }

    [Fact]
    public async Task Guessing_codes_is_slowed_down()
    {
        var (buyer, secret, _) = await WithTwoSteps();
        var challenge = await Challenge(buyer);
        var guesses = new List<int>();
        for (var i = 0; i < 8; i++)
            guesses.Add((await SecondStep(challenge, $"guess {i}")).Status);

        Assert.Equal([401, 401, 401, 401, 401, 401, 429, 429], guesses);
        (await SecondStep(challenge, await Code(secret))).Refused(429, "too_many_attempts");
    }

    [Fact]
    public async Task It_is_turned_off_with_password_and_code()
    {
        var (buyer, _, codes) = await WithTwoSteps();
        var off = new { current_password = buyer.Password, code = codes[0] };

        (await buyer.Post("/profile/me/totp/disable", off with { current_password = "wrong password of mine" }))
            .Refused(403, "reauthentication_required");
        (await buyer.Post("/profile/me/totp/disable", off with { code = "000000" })).Refused(422, "invalid_code");
        (await buyer.Post("/profile/me/totp/disable", new { current_password = buyer.Password })).Must(400);
        await Challenge(buyer);
        (await buyer.Post("/profile/me/totp/disable", off)).Must(204);

        await souk.Client().SignedIn(buyer.Email, buyer.Password);
        (await buyer.Post("/profile/me/totp/disable", off)).Refused(409, "totp_off");
        await Eventually(async () => Assert.Contains("Two-step sign-in is off", await souk.Client().Mails(buyer.Email)));
    }

    [Fact]
    public async Task A_challenge_is_of_its_account_and_its_password()
    {
        var (buyer, secret, _) = await WithTwoSteps();
        var challenge = await Challenge(buyer);
        var code = await Code(secret);

        foreach (var bad in new[] { "x", challenge[..^6] + "AAAAAA", new string('A', 75) })
            (await SecondStep(bad, code)).Refused(401, "invalid_challenge");
        var change = new { current_password = buyer.Password, new_password = "four glasses of mint tea" };
        (await buyer.Post("/profile/password-change", change)).Must(200);
        (await SecondStep(challenge, code)).Refused(401, "invalid_challenge");
        (await souk.Client().Me(challenge)).Refused(401, "invalid_token");
    }

    [Fact]
    public async Task Support_turns_it_off_for_a_customer_and_not_for_an_administrator()
    {
        var (buyer, _, _) = await WithTwoSteps();
        var (support, admin) = (await souk.Staff("support"), await souk.Staff());

        (await (await souk.Buyer()).Delete($"/accounts/{buyer.AccountId}/totp")).Refused(403, "forbidden");
        (await support.Delete($"/accounts/{admin.AccountId}/totp")).Refused(403, "forbidden");
        (await support.Post($"/accounts/{admin.AccountId}/suspend", new { reason = "x" })).Refused(403, "forbidden");
        (await support.Delete($"/accounts/{support.AccountId}/totp")).Refused(409, "own_account");
        (await support.Delete($"/accounts/{Guid.CreateVersion7()}/totp")).Refused(404, "not_found");
        (await support.Delete($"/accounts/{buyer.AccountId}/totp")).Must(204);

        await Eventually(async () => (await buyer.Get("/profile/me")).Refused(401, "invalid_token"), Limit);
        await souk.Client().SignedIn(buyer.Email, buyer.Password);
        (await support.Delete($"/accounts/{buyer.AccountId}/totp")).Refused(409, "totp_off");
        Assert.Equal(support.AccountId, await souk.Value<Guid>(
            "select account_id from identity.audit where action = 'account.totp_off' and entity_id = $1", buyer.AccountId));
    }

    [Fact]
    public async Task Neither_secret_nor_recovery_codes_lie_in_the_database()
    {
        var (buyer, secret, codes) = await WithTwoSteps();

        Assert.Equal(0, await souk.Value<long>("""
            select (select count(*) from identity.totp where account_id = $1 and position($2 in secret) > 0)
                 + (select count(*) from identity.recovery_codes where account_id = $1 and hash = any($3))
            """, buyer.AccountId, FromBase32(secret), codes.Select(code => System.Security.Cryptography.SHA256.HashData(
                System.Text.Encoding.UTF8.GetBytes(code.Replace("-", "", StringComparison.Ordinal)))).ToArray()));
    }

    [Fact, Trait("Shape", "one")]
    public async Task Where_staff_need_it_their_token_opens_nothing_else_without_it()
    {
        await using var database = await TestDatabase.Required();
        var port = SoukServer.FreePort();
        var settings = SoukServer.Settings(database.Owner, port);
        settings["Identity:StaffNeedTwoSteps"] = "true";
        await using var host = await IdentityHost.Start(settings, port);
        using var client = host.Client();
        var email = Calls.NewEmail();
        var invitation = await host.Services.GetRequiredService<AdminInvitations>().Create(email, TestContext.Current.CancellationToken);
        (await client.Post("/profile/password-reset", new { token = invitation.Token, password = Calls.Password })).Must(204);
        var tokens = await client.SignedIn(email);
        client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Text("access_token"));

        (await client.Get("/accounts")).Refused(403, "forbidden");
        var secret = (await client.Post("/profile/me/totp", new { current_password = Calls.Password })).Must(200).Text("secret");
        var code = Totp.Code(FromBase32(secret), Totp.StepAt(new DateTimeOffset(await host.Value<DateTime>("select now()"))));
        (await client.Post("/profile/me/totp/confirm", new { code })).Must(200);
        var refreshed = (await client.Post("/auth/refresh-token", new { refresh_token = tokens.Text("refresh_token") })).Must(200);
        client.DefaultRequestHeaders.Authorization = new("Bearer", refreshed.Text("access_token"));

        (await client.Get("/accounts")).Must(200);
    }

    private async Task<(Person Buyer, string Secret, string[] RecoveryCodes)> WithTwoSteps()
    {
        var buyer = await souk.Buyer();
        var secret = (await buyer.Post("/profile/me/totp", new { current_password = buyer.Password })).Must(200).Text("secret");
        // The code of the step before, so that those of now and next are still to be used.
        var confirmed = (await buyer.Post("/profile/me/totp/confirm", new { code = await Code(secret, -1) })).Must(200);
        return (buyer, secret, RecoveryCodes(confirmed));
    }

    private async Task<string> Challenge(Person person)
    {
        var asked = await souk.Client().Post("/auth/login", new { email = person.Email, password = person.Password });
        return asked.Refused(401, "second_step_required").Text("challenge");
    }

    private Task<Reply> SecondStep(string challenge, string code) =>
        souk.Client().Post("/auth/login/second-step", new { challenge, code });

    // By the database's clock, as the service reads it.
    private async Task<string> Code(string secret, int steps = 0) =>
        Totp.Code(FromBase32(secret), Totp.StepAt(await souk.Value<DateTimeOffset>("select now()")) + steps);

    private static string[] RecoveryCodes(Reply reply) =>
        [.. reply.Json.GetProperty("recovery_codes").EnumerateArray().Select(code => code.GetString()!)];

    internal static byte[] FromBase32(string text)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bits = string.Concat(text.Select(c => Convert.ToString(Letters.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. Enumerable.Range(0, bits.Length / 8).Select(n => Convert.ToByte(bits.Substring(n * 8, 8), 2))];
    }
}
