using System.Text.Json;

namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class RegisterTests(SoukServer souk)
{
    [Theory]
    [InlineData("customer", false, false)]
    [InlineData("affiliate", false, false)]
    [InlineData("company", true, true)]
    [InlineData("shop", true, true)]
    [InlineData("warehouse", true, false)]
    public async Task Every_kind_registers_and_signs_in(string kind, bool hasCompany, bool hasShop)
    {
        using var client = souk.Client();
        var email = Calls.NewEmail();

        var registered = (await client.Post("/auth/register", new
        {
            kind,
            email,
            password = Calls.Password,
            first_name = "Ann",
            last_name = "Lee",
            phone = "+49 30 1234567",
            company_name = "Lamps",
            shop_name = $"Lamps {Guid.CreateVersion7():N}",
            country = "DE",
        })).Must(201);
        var me = (await client.Me((await client.SignedIn(email)).Text("access_token"))).Must(200);

        Assert.Equal((kind, "active", email, "Ann"), (me.Text("kind"), me.Text("status"), me.Text("email"), me.Text("first_name")));
        Assert.Equal(registered.Json.GetProperty("account").GetProperty("id").GetGuid(), me.Id());
        Assert.Equal(hasCompany, registered.Json.GetProperty("company_id").ValueKind == JsonValueKind.String);
        Assert.Equal(hasShop, registered.Json.GetProperty("shop_id").ValueKind == JsonValueKind.String);
    }

    [Fact]
    public async Task A_shop_founds_a_company_of_its_name_that_waits_for_approval()
    {
        using var client = souk.Client();
        var (email, name) = (Calls.NewEmail(), $"Nur Lampen {Guid.CreateVersion7():N}");
        var registered = (await client.Post("/auth/register", new
        {
            kind = "shop",
            email,
            password = Calls.Password,
            shop_name = name,
            country = "AT",
        })).Must(201);
        var token = (await client.SignedIn(email)).Text("access_token");

        var company = (await client.Call(HttpMethod.Get, $"/companies/{registered.Id("company_id")}", null, ("Authorization", "Bearer " + token))).Must(200);

        Assert.Equal((name, "seller", "pending", "AT"), (company.Text("name"), company.Text("kind"), company.Text("status"), company.Text("country")));
    }

    [Fact]
    public async Task A_registered_address_gets_the_same_answer_and_its_owner_a_mail()
    {
        using var client = souk.Client();
        var (email, owner) = await client.NewCustomer();

        var again = (await client.Post("/auth/register", new { kind = "customer", email, password = "another person's password" })).Must(201);
        var fresh = (await client.Post("/auth/register", new { kind = "customer", email = Calls.NewEmail(), password = "another person's password" })).Must(201);

        Assert.Equal(Shape(fresh.Json), Shape(again.Json));
        Assert.NotEqual(owner, again.Json.GetProperty("account").GetProperty("id").GetGuid());
        (await client.Post("/auth/login", new { email, password = "another person's password" })).Refused(401, "invalid_credentials");
        (await client.SignedIn(email)).Must(200);
        Assert.Single(await souk.Requests("PasswordResetRequested", owner));
        Assert.Equal(1, await souk.Value<long>("select count(*) from identity.accounts where email_key = $1", email));
    }

    [Fact]
    public async Task Two_registrations_of_one_address_at_once_make_one_account()
    {
        using var client = souk.Client();
        var email = Calls.NewEmail();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            client.Post("/auth/register", new { kind = "customer", email, password = $"{Calls.Password} {i}" })));

        Assert.All(answers, answer => answer.Must(201));
        Assert.Equal(1, await souk.Value<long>("select count(*) from identity.accounts where email_key = $1", email));
    }

    [Fact]
    public async Task A_retry_with_its_key_gets_the_answer_of_the_first()
    {
        using var client = souk.Client();
        var body = new { kind = "customer", email = Calls.NewEmail(), password = Calls.Password };
        var key = ("Idempotency-Key", (string?)Guid.CreateVersion7().ToString());

        var first = (await client.Call(HttpMethod.Post, "/auth/register", body, key)).Must(201);
        var again = (await client.Call(HttpMethod.Post, "/auth/register", body, key)).Must(201);

        Assert.Equal(first.Json.ToString(), again.Json.ToString());
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
    }

    [Fact]
    public async Task A_username_is_one_persons_whatever_its_case()
    {
        using var client = souk.Client();
        var username = $"ann-{Guid.CreateVersion7():N}"[..30];
        (await client.Post("/auth/register", new { kind = "customer", email = Calls.NewEmail(), password = Calls.Password, username })).Must(201);

        (await client.Post("/auth/register", new { kind = "customer", email = Calls.NewEmail(), password = Calls.Password, username = username.ToUpperInvariant() }))
            .Refused(409, "username_taken");
    }

    [Theory]
    [InlineData("""{"kind":"staff","email":"x@example.com","password":"three cups of mint tea"}""", 422, "/kind")]
    [InlineData("""{"kind":"customer","email":"x@example","password":"three cups of mint tea"}""", 422, "/email")]
    [InlineData("""{"kind":"customer","email":"x@example.com\r\nBcc: y@example.com","password":"three cups of mint tea"}""", 422, "/email")]
    [InlineData("""{"kind":"customer","email":"x@example.com","password":"fourteen chars"}""", 422, "/password")]
    [InlineData("""{"kind":"customer","email":"x@example.com","password":"passwordpassword"}""", 422, "/password")]
    [InlineData("""{"kind":"customer","email":"x@example.com","password":"three cups of mint tea","username":"a@b"}""", 422, "/username")]
    [InlineData("""{"kind":"company","email":"x@example.com","password":"three cups of mint tea","country":"DE"}""", 422, "/company_name")]
    [InlineData("""{"kind":"company","email":"x@example.com","password":"three cups of mint tea","company_name":"Lamps"}""", 422, "/country")]
    [InlineData("""{"kind":"shop","email":"x@example.com","password":"three cups of mint tea","country":"DE"}""", 422, "/shop_name")]
    [InlineData("""{"kind":"customer","email":"x@example.com","password":"three cups of mint tea","invitation":"AAAA"}""", 422, "/invitation")]
    [InlineData("""{"kind":"customer","email":"x@example.com"}""", 400, null)]
    [InlineData("""{"kind":"customer","email":"x@example.com","password":"three cups of mint tea","role":"admin"}""", 400, null)]
    [InlineData("""{"kind":"customer","email":7,"password":"three cups of mint tea"}""", 400, null)]
    public async Task A_bad_body_is_refused_and_nothing_is_made(string body, int status, string? pointer)
    {
        using var client = souk.Client();
        var answer = await client.Post("/auth/register", JsonElement.Parse(body));

        answer.Must(status);
        if (pointer is not null)
            Assert.Equal(pointer, answer.Json.GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.Equal(0, await souk.Value<long>("select count(*) from identity.accounts where email_key like 'x@example%'"));
    }

    // Names and kinds of the members: what an answer could tell by its form.
    private static string Shape(JsonElement json) => json.ValueKind == JsonValueKind.Object
        ? "{" + string.Join(",", json.EnumerateObject().Select(member => member.Name + ":" + Shape(member.Value))) + "}"
        : json.ValueKind.ToString();
}
