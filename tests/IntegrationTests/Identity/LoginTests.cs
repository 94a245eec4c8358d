using System.Net;
using System.Net.Sockets;

namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class LoginTests(SoukServer souk)
{
    [Fact]
    public async Task A_person_signs_in_by_address_or_username()
    {
        using var client = souk.Client();
        var (email, username) = (Calls.NewEmail(), $"ann-{Guid.CreateVersion7():N}"[..30]);
        (await client.Post("/auth/register", new { kind = "customer", email, password = Calls.Password, username })).Must(201);

        foreach (var body in new object[]
        {
            new { email, password = Calls.Password },
            new { email = email.Replace("example", "EXAMPLE", StringComparison.Ordinal), password = Calls.Password },
            new { username, password = Calls.Password },
            new { username = username.ToUpperInvariant(), password = Calls.Password },
        })
        {
            var tokens = (await client.Post("/auth/login", body)).Must(200);
            Assert.Equal(("Bearer", 300), (tokens.Text("token_type"), tokens.Json.GetProperty("expires_in").GetInt32()));
            Assert.Equal(email, (await client.Me(tokens.Text("access_token"))).Must(200).Text("email"));
        }
    }

    [Fact]
    public async Task Every_sign_in_is_a_session_of_its_own()
    {
        using var client = souk.Client();
        var (email, _) = await client.NewCustomer();
        var (one, two) = (await client.SignedIn(email), await client.SignedIn(email));

        var sessions = new List<Guid>();
        foreach (var tokens in new[] { one, two })
            sessions.Add((await client.Call(HttpMethod.Post, "/auth/validate", new { token = tokens.Text("access_token") },
                ("Authorization", "Bearer " + tokens.Text("access_token")))).Must(200).Id("session_id"));

        Assert.Equal(2, sessions.Distinct().Count());
        Assert.NotEqual(one.Text("refresh_token"), two.Text("refresh_token"));
    }

    [Fact]
    public async Task An_unknown_name_and_a_wrong_password_get_the_same_answer()
    {
        using var client = souk.Client();
        var (email, _) = await client.NewCustomer();

        var wrong = (await client.Post("/auth/login", new { email, password = "four glasses of mint tea" })).Refused(401, "invalid_credentials");
        var unknown = (await client.Post("/auth/login", new { email = Calls.NewEmail(), password = "four glasses of mint tea" })).Refused(401, "invalid_credentials");

        Assert.Equal(WithoutTrace(wrong), WithoutTrace(unknown));
        Assert.Equal(
            wrong.Headers.Select(header => header.Key).Order(StringComparer.Ordinal), unknown.Headers.Select(header => header.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Guessing_is_slowed_down_the_same_for_known_and_unknown_names()
    {
        using var client = souk.Client();
        var (known, _) = await client.NewCustomer();
        var outcomes = new List<string>();
        foreach (var email in new[] { known, Calls.NewEmail() })
        {
            var guesses = new List<int>();
            for (var i = 0; i < 12; i++)
                guesses.Add((await client.Post("/auth/login", new { email, password = $"guess number {i} of a few" })).Status);
            outcomes.Add(string.Join(' ', guesses));
        }

        // Five are free, the sixth starts the delay.
        Assert.Equal("401 401 401 401 401 401 429 429 429 429 429 429", outcomes[0]);
        Assert.Equal(outcomes[0], outcomes[1]);
        var blocked = (await client.Post("/auth/login", new { email = known, password = Calls.Password })).Refused(429, "too_many_attempts");
        Assert.InRange(int.Parse(blocked.Headers.GetValues("Retry-After").Single(), System.Globalization.CultureInfo.InvariantCulture), 1, 5);
    }

    [Fact]
    public Task A_thousand_guesses_in_an_hour_are_a_hundred_at_most() => Guess(souk.Client);

    [Fact, Trait("Shape", "one")]
    public async Task Guesses_from_a_hundred_addresses_are_as_few()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have one address to call from.");
        var address = 0;
        await Guess(() => From($"127.78.{address++ % 100}.1"));
    }

    private async Task Guess(Func<HttpClient> next)
    {
        var (email, account) = await souk.Client().NewCustomer();
        var accepted = 0;
        var waited = TimeSpan.Zero;

        // An hour in seconds: the delay that was set is taken off the clock of the row instead of waited for.
        while (waited < TimeSpan.FromHours(1) && accepted < 1000)
        {
            using var client = next();
            var answer = await client.Post("/auth/login", new { email, password = $"guess number {accepted} of many" });
            if (answer.Status == 401)
            {
                accepted++;
                continue;
            }
            answer.Refused(429, "too_many_attempts");
            waited += TimeSpan.FromSeconds(int.Parse(answer.Headers.GetValues("Retry-After").Single(), System.Globalization.CultureInfo.InvariantCulture));
            await souk.Execute("update identity.sign_in_failures set blocked_until = now() where scope = $1", $"account:{account:N}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{accepted} guesses accepted in {waited}");
        Assert.InRange(accepted, 6, 100);
    }

    [Fact, Trait("Shape", "one")]
    public async Task A_password_that_was_hashed_with_fewer_iterations_is_hashed_again()
    {
        await using var database = await TestDatabase.Required();
        var port = SoukServer.FreePort();
        var settings = SoukServer.Settings(database.Owner, port);
        string email;
        await using (var before = await IdentityHost.Start(settings, port))
            email = (await before.Client().NewCustomer()).Email;
        settings["Identity:PasswordIterations"] = "210000";
        await using var host = await IdentityHost.Start(settings, port);
        using var client = host.Client();

        await client.SignedIn(email);

        var bytes = Convert.FromBase64String(await host.Value<string>("select password_hash from identity.accounts where password_hash is not null"));
        Assert.Equal(210_000u, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(5)));
        await client.SignedIn(email);
    }

    [Fact]
    public async Task Strangers_do_not_lock_the_owner_out_of_a_known_device()
    {
        using var client = souk.Client();
        var (email, _) = await client.NewCustomer();
        var device = (await client.SignedIn(email)).Text("device_token");
        for (var i = 0; i < 8; i++)
            await client.Post("/auth/login", new { email, password = $"guess number {i} of a few" });

        (await client.Post("/auth/login", new { email, password = Calls.Password })).Refused(429, "too_many_attempts");
        (await client.Post("/auth/login", new { email, password = Calls.Password, device_token = device })).Must(200);
        var (other, _) = await client.NewCustomer();
        var others = (await client.SignedIn(other)).Text("device_token");
        (await client.Post("/auth/login", new { email, password = Calls.Password, device_token = others })).Refused(429, "too_many_attempts");
    }

    [Fact]
    public async Task Strangers_do_not_keep_whoever_is_signed_in_from_changing_the_password()
    {
        var buyer = await souk.Buyer();
        using var client = souk.Client();
        for (var i = 0; i < 8; i++)
            await client.Post("/auth/login", new { email = buyer.Email, password = $"guess number {i} of a few" });

        var change = new { current_password = buyer.Password, new_password = "four glasses of mint tea" };
        (await buyer.Post("/profile/password-change", change)).Must(200);
    }

    [Fact]
    public async Task Whoever_is_signed_in_cannot_guess_the_password_either()
    {
        var buyer = await souk.Buyer();
        var statuses = new List<int>();
        for (var i = 0; i < 7; i++)
            statuses.Add((await buyer.Post("/profile/password-change", new
            {
                current_password = $"guess number {i} of a few", new_password = "four glasses of mint tea",
            })).Status);

        Assert.Equal([403, 403, 403, 403, 403, 403, 429], statuses);
    }

    [Fact, Trait("Shape", "one")]
    public async Task A_network_of_guessers_is_slowed_down_and_a_known_device_in_it_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have one address to call from.");
        using var client = From("127.77.7.7");
        var (email, _) = await client.NewCustomer();
        var device = (await client.SignedIn(email)).Text("device_token");
        await souk.Execute("""
            insert into identity.sign_in_failures (scope, failures, last_at, blocked_until)
            values ('network:7f4d07', 100001, now(), now() + interval '10 minutes')
            """);

        (await client.Post("/auth/login", new { email, password = Calls.Password })).Refused(429, "too_many_attempts");
        (await client.Post("/auth/login", new { email, password = Calls.Password, device_token = device })).Must(200);
        using var elsewhere = From("127.77.8.7");
        await elsewhere.SignedIn(email);
    }

    private HttpClient From(string address) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, ct) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = souk.Url };

    [Theory]
    [InlineData("{}", 400)]
    [InlineData("""{"password":"three cups of mint tea"}""", 422)]
    [InlineData("""{"password":"three cups of mint tea","email":"a@example.com","username":"a"}""", 422)]
    [InlineData("""{"password":"","email":"a@example.com"}""", 422)]
    [InlineData("""{"password":"x","email":"a@example.com","remember":true}""", 400)]
    [InlineData("""{"password":"x","email":"' or 1=1 --"}""", 401)]
    public async Task A_bad_body_is_refused(string body, int status)
    {
        using var client = souk.Client();
        (await client.Post("/auth/login", System.Text.Json.JsonElement.Parse(body))).Must(status);
    }

    private static string WithoutTrace(Reply reply) =>
        string.Join(';', reply.Json.EnumerateObject().Where(member => member.Name != "trace_id").Select(member => member.ToString()));
}
