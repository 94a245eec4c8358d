using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Souk.Identity;
using Souk.IntegrationTests.Carts;
using Souk.IntegrationTests.Identity;
using Souk.Platform.Db;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Walls;

/// <summary>
/// P29: what a dump of the database, the log, the traces and the metrics must not show. Everything that is secret is handed out
/// once, card numbers are typed into every field of every operation, and then all of them are looked for.
/// </summary>
[Trait("Shape", "one")]
[Collection("crashes")]
public sealed class LeakTests(ITestOutputHelper output)
{
    private const int Seed = 20261122;
    private const int AtOnce = 6;

    // Numbers that are no payment's may look like one: of goods, parcels, taxes. What was typed there is taken as it is.
    private static readonly string[] OfOtherThings = ["sku", "tracking_number", "tax_id", "reference"];

    // While there is no mail server, in Development, this is where mails go in place of out.
    private static readonly string[] NotKept = ["notifications.mailbox"];

    private readonly Leaks leaks = new(Seed);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_secret_and_no_card_lies_in_database_log_traces_or_metrics()
    {
        using var traces = new Traces();
        await using var souk = new SoukServer();
        await ((IAsyncLifetime)souk).InitializeAsync();
        var world = await World.Make(souk);
        await Whispers(souk, world);
        var (sent, refused) = await TypesCards(souk, world);
        var metrics = await souk.Client().GetStringAsync("/metrics", Ct);
        await Settle(souk);

        var tables = await Dump(souk);
        var log = await Log(souk);
        var found = tables.SelectMany(table => leaks.In(table.Value).Select(name => $"{table.Key}: {name}"))
            .Concat(leaks.In(log).Select(name => $"log: {name}"))
            .Concat(leaks.In(metrics).Select(name => $"metrics: {name}"))
            .Concat(traces.Texts.SelectMany(trace => leaks.In(trace)
                .Select(name => $"trace {trace.Split('\n')[0]}: {name}"))).Distinct().Order().ToArray();
        var allowed = found.Where(IsAllowed).ToArray();

        output.WriteLine(
            $"seed {Seed}: {leaks.Secrets} secrets, {leaks.Cards} card numbers in {sent} requests, {refused} refused as "
            + $"such; looked for in {tables.Count} tables ({tables.Values.Sum(text => (long)text.Length):n0} characters), "
            + $"the log ({log.Length:n0}), {traces.Texts.Count} spans and the metrics: "
            + $"{found.Length - allowed.Length} found, besides {allowed.Length} where they may be");
        // Else nothing was looked into.
        Assert.True(log.Length > 0 && traces.Texts.Count > 100
            && tables["identity.accounts"].Contains(world.Buyer.Email, StringComparison.Ordinal));
        Assert.True(found.Length == allowed.Length, string.Join('\n', found.Except(allowed)));
        Assert.True(refused > sent / 4, $"Only {refused} of {sent} were refused.");
    }

    private static bool IsAllowed(string hit) =>
        NotKept.Any(table => hit.StartsWith(table + ":", StringComparison.Ordinal))
        || (hit.Contains(": card in ", StringComparison.Ordinal)
            && OfOtherThings.Any(field => hit.EndsWith("/" + field, StringComparison.Ordinal)));

    // Everything that opens something, in good requests and in bad ones.
    private async Task Whispers(SoukServer souk, World world)
    {
        leaks.Secret("the deployment's secret", SoukServer.Secret);
        foreach (var service in souk.Services.GetServices<Service>())
            leaks.Secret($"the password of {service.Name}", souk.Services.GetRequiredService<Connections>()
                .Password(service.Name));
        leaks.Secret("token of an order", world.OrderToken);
        leaks.Secret("token of a cart", world.CartToken);
        leaks.Secret("password", world.Seller.Password);
        leaks.Secret("access token", world.Seller.AccessToken);
        foreach (var (header, value) in new[]
        {
            ("Authorization", "Bearer "), ("X-Api-Key", "souk_"), ("X-Cart-Token", ""), ("X-Order-Token", ""),
                ("Cookie", "session="),
            ("Authorization", "Basic "), ("X-Forwarded-Authorization", "Bearer "),
        })
            foreach (var path in new[] { "/cart", "/profile/me", "/products?q=lamp",
                $"/orders/{world.Things["orders"]}" })
                await souk.Client().Call(HttpMethod.Get, path, null,
                    (header, value + leaks.Secret($"{header} header", $"marker-{Guid.CreateVersion7():N}")));
        await Forgets(souk);
        await SignsInTwice(souk);
        await Buys(souk, world);

        var key = (await world.Seller.Post("/api-keys",
            new { company_id = world.Seller.CompanyId, name = "Sync",
            permissions = new[] { Permissions.StockRead } })).Must(201).Text("key");
        (await souk.Client().Call(HttpMethod.Get, "/stock-levels", null, ("X-Api-Key", leaks.Secret("API key", key))))
            .Must(200);
        await souk.Client().Call(HttpMethod.Get, "/stock-levels", null, ("Authorization", "Bearer " + key));
        await world.Seller.Post($"/companies/{world.Seller.CompanyId}/members",
            new { email = Calls.NewEmail(), role = "clerk" });
        foreach (var request in await souk.Query("select id from identity.link_requests", row => row.GetGuid(0)))
        {
            await using var scope = souk.Services.CreateAsyncScope();
            if (await scope.ServiceProvider.GetRequiredService<Souk.Contracts.Identity.IIdentityApi>()
                .Link(request, Ct) is { } link)
                leaks.Secret("token of a link", link.Token);
        }
    }

    private async Task Forgets(SoukServer souk)
    {
        using var client = souk.Client();
        var (email, account) = (Calls.NewEmail(), Guid.Empty);
        var registered = await client.Call(HttpMethod.Post, "/auth/register",
            new { kind = "customer", email,
                password = leaks.Secret("first password", $"first {Guid.CreateVersion7():N}") },
                ("Idempotency-Key", Shop.NewKey()));
        account = registered.Must(201).Json.GetProperty("account").GetProperty("id").GetGuid();
        for (var i = 0; i < 2; i++)
            (await client.Post("/auth/login",
                new { email, password = leaks.Secret("wrong password", $"wrong {Guid.CreateVersion7():N}") }))
                .Must(401);
        // Typed into the wrong field, or said twice: what is refused is explained, and not repeated.
        await client.Post("/auth/login",
            new { email = leaks.Secret("password for an address", $"wrong {Guid.CreateVersion7():N}"),
            password = "x" });
        await client.Post("/auth/login",
            new { email, passwort = leaks.Secret("password in an unknown field", $"wrong {Guid.CreateVersion7():N}") });
        await client.Post("/auth/login",
            new { email, password = new[] { leaks.Secret("password in a list", $"wrong {Guid.CreateVersion7():N}") } });
        (await client.Post("/profile/password-reset-request", new { email })).Must(202);
        var link = await souk.Mailed("PasswordResetRequested", account);
        await client.Get($"/profile/password-reset?token={leaks.Secret("token of a reset", link.Token)}");
        await client.Post("/profile/password-reset",
            new { token = leaks.Secret("wrong token of a reset", $"marker-{Guid.CreateVersion7():N}"),
            password = "x" });
        (await client.Post("/profile/password-reset",
            new { token = link.Token, password = leaks.Secret("next password", $"next {Guid.CreateVersion7():N}") }))
            .Must(204);
    }

    private async Task SignsInTwice(SoukServer souk)
    {
        var person = await souk.Buyer();
        var secret = leaks.Secret("secret of an app",
            (await person.Post("/profile/me/totp", new { current_password = person.Password })).Must(200)
            .Text("secret"));
        leaks.Secret("secret of an app, decoded", Convert.ToHexStringLower(TwoStepSignInTests.FromBase32(secret)));
        var code = Souk.Identity.Domain.Totp.Code(
            TwoStepSignInTests.FromBase32(secret),
                Souk.Identity.Domain.Totp.StepAt(await souk.Value<DateTimeOffset>("select now()")));
        var on = (await person.Post("/profile/me/totp/confirm", new { code })).Must(200);
        string[] recovery = [.. on.Json.GetProperty("recovery_codes").EnumerateArray()
            .Select(each => leaks.Secret("recovery code", each.GetString()!))];
        var challenge = (await souk.Client()
            .Post("/auth/login", new { email = person.Email, password = person.Password })).Must(401).Text("challenge");
        var session = (await souk.Client()
            .Post("/auth/login/second-step",
            new { challenge = leaks.Secret("challenge", challenge), code = recovery[0] })).Must(200);
        foreach (var token in new[] { "access_token", "refresh_token", "device_token" })
            leaks.Secret(token, session.Text(token));
        var next = (await souk.Client()
            .Post("/auth/refresh-token", new { refresh_token = session.Text("refresh_token") })).Must(200);
        (await souk.Client().Me(leaks.Secret("next access token", next.Text("access_token")))).Must(200);
        leaks.Secret("next refresh token", next.Text("refresh_token"));
        (await souk.Client().Post("/auth/refresh-token", new { refresh_token = session.Text("refresh_token") }))
            .Must(200);
    }

    // A guest's order in one request, from a cart, and in a batch: each answers a token, and a retry the same again.
    private async Task Buys(SoukServer souk, World world)
    {
        var offer = Guid.Parse(world.Things["offers"]);
        foreach (var payment in new[] { "tok_success", "tok_declined", "tok_3ds" })
        {
            using var guest = souk.Client();
            var (key, order) = (Shop.NewKey(),
                new { lines = new[] { new { offer_id = offer, quantity = 1 } }, contact = Shop.Contact(),
                payments = new[] { new { method = "card", token = payment } } });
            var first = await guest.Ask("POST", "/orders", order, key);
            if (first.Json.TryGetProperty("order_token", out var token))
                leaks.Secret("token of an order", token.GetString()!);
            var again = await guest.Ask("POST", "/orders", order, key);
            Assert.Equal((first.Status, first.Text), (again.Status, again.Text));
        }
        using var hooks = souk.Client();
        await hooks.Call(HttpMethod.Post, "/payments/webhooks/simulator", new { type = "payment.captured" },
            ("webhook-id", "evt_1"), ("webhook-timestamp", "1"),
                ("webhook-signature",
                "v1," + leaks.Secret("signature of a webhook", $"marker{Guid.CreateVersion7():N}")));
    }

    // A number of its own in each field that takes a text, in a request that is good otherwise; and in every search.
    private async Task<(int Sent, int Refused)> TypesCards(SoukServer souk, World world)
    {
        var requests = new List<HttpRequestMessage>();
        foreach (var operation in Operation.All(Operation.Committed()).OrderBy(operation => operation.Danger))
        {
            var path = Path(operation, world.Things);
            foreach (var place in operation.Body is null ? [] : Sample.Places(operation, operation.Body)
                .Where(place => IsText(place.Schema)))
            {
                var body = Sample.Good(operation, world.Things)!;
                if (!place.Put(body, leaks.Card($"card in {operation.Name} {place.Pointer}")))
                    continue;
                requests.Add(new HttpRequestMessage(new HttpMethod(operation.Method), path) {
                    Content = JsonContent.Create(body) });
            }
            requests.AddRange(operation.Parameters.Where(parameter => parameter.In == "query"
                && IsText(parameter.Schema)).Select(parameter => new HttpRequestMessage(
                new HttpMethod(operation.Method),
                    $"{path}?{parameter.Name}={Uri.EscapeDataString(leaks.Card($"card in {operation.Name} ?{parameter.Name}"))}")));
        }

        // The platform answers a validation before it asks for rights or rows, but not before it knows who asks.
        var token = await World.Token(souk, world.Buyer.AccountId, "staff", Permissions.All, world.Seller.CompanyId,
            [.. Permissions.All]);
        var refused = 0;
        using var client = souk.Client();
        await Parallel.ForEachAsync(requests,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Ct }, async (request, ct) =>
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Add("Idempotency-Key", Shop.NewKey());
            using var answer = await client.SendAsync(request, ct);
            if ((await answer.Content.ReadAsStringAsync(ct)).Contains("card_number", StringComparison.Ordinal))
                Interlocked.Increment(ref refused);
            request.Dispose();
        });
        await ImportsCards(world);
        return (requests.Count, refused);
    }

    // A file is no JSON: its cells are looked at while it is worked through, and then nothing of it is left.
    private async Task ImportsCards(World world)
    {
        string[] columns = ["slug", "name", "description", "status", "categories", "tags", "options", "tax_category"];
        var csv = new StringBuilder($"sku,price,{string.Join(',', columns)}\n");
        foreach (var at in columns.Select((_, n) => n))
            csv.Append(CultureInfo.InvariantCulture, $"CARD-{at},10")
                .AppendJoin("", columns.Select((column, n) => "," + (n == at ? leaks.Card($"card in a file, {column}")
                    : column == "name" ? "Lamp" : ""))).Append('\n');
        using var file = new StringContent(csv.ToString(), Encoding.UTF8, "text/csv");
        using var taken = await world.Seller.PostAsync("/products/import", file, Ct);
        Assert.Equal(System.Net.HttpStatusCode.Accepted, taken.StatusCode);
        var import = await Eventually(async () =>
            (await world.Seller.Call(HttpMethod.Get, taken.Headers.Location!.ToString(), null)).Must(200) is { } now
            && now.Text("status") == "done" ? now : null);
        Assert.Equal(columns.Length, import.Json.GetProperty("failed").GetInt32());
    }

    private static bool IsText(JsonObject schema) => Operation.TypeOf(schema) == "string" && schema["enum"] is null
        && schema["format"]?.ToString() is not (
            "uuid" or "date-time" or "date" or "email" or "uri" or "byte" or "binary");

    private static string Path(Operation operation, IReadOnlyDictionary<string, string> things)
    {
        var parts = operation.Path.Split('/');
        for (var i = 1; i < parts.Length; i++)
            if (parts[i].StartsWith('{'))
                parts[i] = things.GetValueOrDefault(parts[i - 1], Guid.CreateVersion7().ToString());
        return string.Join('/', parts);
    }

    // What was said has been heard, and what was to be mailed was mailed.
    private static Task Settle(SoukServer souk) => Eventually(async () =>
        Assert.Equal(
            0, await souk.Value<long>(
            "select count(*) from notifications.mails where status = 'queued' and attempts = 0 and next_try_at <= now()")));

    private static async Task<Dictionary<string, string>> Dump(SoukServer souk)
    {
        var tables = await souk.Query("""
            select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
            """, row => row.GetString(0));
        var dump = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var connection = new NpgsqlConnection(souk.Owner);
        await connection.OpenAsync(Ct);
        foreach (var table in tables)
        {
            using var copy = await connection.BeginTextExportAsync(
                $"copy (select t::text from {table} t) to stdout (format csv)", Ct);
            dump[table] = await copy.ReadToEndAsync(Ct);
        }
        return dump;
    }

    // The process writes on: what stands there now is read.
    private static async Task<string> Log(SoukServer souk)
    {
        var name = new NpgsqlConnectionStringBuilder(souk.Owner).Database + ".log";
        await using var file = new FileStream(System.IO.Path.Combine(Repository.Root, "artifacts", "test-logs", name),
            FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync(Ct);
    }

    /// <summary>The spans that a collector would get, with all that stands in them.</summary>
    private sealed class Traces : IDisposable
    {
        private readonly ActivityListener listener;

        public Traces()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is "Npgsql" or "System.Net.Http" or "Microsoft.AspNetCore"
                    || source.Name.StartsWith("Souk.", StringComparison.Ordinal),
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = Keep,
            };
            ActivitySource.AddActivityListener(listener);
        }

        public ConcurrentBag<string> Texts { get; } = [];

        public void Dispose() => listener.Dispose();

        private void Keep(Activity span) => Texts.Add(string.Create(CultureInfo.InvariantCulture,
            $"{span.Source.Name} {span.DisplayName}\n{string.Join('\n', span.TagObjects.Concat(span.Events.SelectMany(e => e.Tags)))}\n{string.Join('\n', span.Baggage)}\n{span.StatusDescription}"));
    }
}
