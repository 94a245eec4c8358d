using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// People of a marketplace and what they do, through its public API alone; whichever process serves it.
/// </summary>
/// <param name="connect">Somebody who has not signed in.</param>
/// <param name="approve">Approves a company, where new ones may not sell at once.</param>
internal sealed class Street(Func<HttpClient> connect, Func<Guid, Task>? approve = null)
{
    /// <summary>Everybody's.</summary>
    public const string Password = "three cups of mint tea";

    /// <summary>How a marketplace of stories alone is set up: new companies sell at once.</summary>
    public static Dictionary<string, string?> Settings { get; } = new()
    {
        ["Identity:ApproveCompanies"] = "true",
        ["Identity:PasswordIterations"] = "1000",
    };

    /// <summary>A company with one shop that sells.</summary>
    public async Task<Stall> Seller()
    {
        var name = $"Stall {Guid.CreateVersion7():N}";
        var http = connect();
        var registered = await http.Send("/auth/register", new
        {
            kind = "company", email = $"{Guid.CreateVersion7():N}@stalls.example", password = Password, first_name = "Sam", last_name = "Seller",
            company_name = name, shop_name = name, country = "DE",
        }, HttpStatusCode.Created);
        var company = registered.GetProperty("company_id").GetGuid();
        if (approve is not null)
            await approve(company);
        await SignIn(http, registered.GetProperty("account").Text("email")!);
        return new Stall(http, company);
    }

    /// <summary>A customer who is signed in.</summary>
    public Task<HttpClient> Buyer() => Buyer($"{Guid.CreateVersion7():N}@buyers.example");

    /// <summary>A customer with this address who is signed in.</summary>
    public async Task<HttpClient> Buyer(string email)
    {
        var http = connect();
        await http.Send("/auth/register", new { kind = "customer", email, password = Password, first_name = "Ada", last_name = "Lovelace" }, HttpStatusCode.Created);
        await SignIn(http, email);
        return http;
    }

    /// <summary>Nobody in particular.</summary>
    public HttpClient Guest() => connect();

    /// <summary>Waits until these offers can be bought: prices and stock travel by events, to the carts last.</summary>
    public async Task OnSale(params Guid[] offers)
    {
        foreach (var offer in offers)
            await Eventually(async () =>
            {
                var stock = await Guest().Read($"/inventory/availability?offer_ids={offer}");
                Assert.True(stock.GetProperty("data")[0].GetProperty("available").GetInt64() > 0);
                var cart = await Guest().Send("/cart", new { lines = new[] { new { offer_id = offer, quantity = 1 } } });
                Assert.DoesNotContain("out_of_stock", cart.GetRawText(), StringComparison.Ordinal);
            });
    }

    private static async Task SignIn(HttpClient http, string email)
    {
        var session = await http.Send("/auth/login", new { email, password = Password });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.Text("access_token"));
    }
}

/// <summary>A seller and their company.</summary>
internal sealed record Stall(HttpClient Http, Guid CompanyId)
{
    /// <summary>Puts something up for sale, as soon as the catalogue knows the shop; answers its offer.</summary>
    public async Task<Guid> Sells(long price, int stock)
    {
        JsonElement product = default;
        await Eventually(async () => product = await Http.Send("/products", new
        {
            name = $"Lamp {Guid.CreateVersion7():N}", sku = $"L-{Guid.CreateVersion7():N}", price = new { amount = price, currency = "EUR" }, stock,
        }, HttpStatusCode.Created));
        return product.GetProperty("offers")[0].GetProperty("id").GetGuid();
    }

    /// <summary>Moves the own part of an order.</summary>
    public Task<JsonElement> Moves(Guid order, string status, HttpStatusCode expected = HttpStatusCode.OK) =>
        Http.Send($"/orders/{order}/status", new { status, carrier = "DHL", tracking_number = "JD0142" }, expected);
}

/// <summary>Ways to buy.</summary>
internal static class Shopping
{
    public static readonly object Contact = new
    {
        name = "Ada Lovelace", email = "ada@example.com",
        shipping = new { line1 = "Invalidenstr. 116", city = "Berlin", postcode = "10115", country = "DE" },
    };

    /// <summary>Buys in one request; the answer as it came.</summary>
    public static Task<HttpResponseMessage> Order(
        this HttpClient http, string key, (Guid Offer, int Quantity)[] lines, CancellationToken ct, params (string Method, string? Token)[] payments) =>
        http.Post("/orders", key, new
        {
            lines = lines.Select(line => new { offer_id = line.Offer, quantity = line.Quantity }),
            contact = Contact,
            payments = payments.Select(payment => new { method = payment.Method, token = payment.Token }),
        }, ct);

    /// <summary>Buys in one request and reads the answer.</summary>
    public static async Task<JsonElement> Buys(this HttpClient http, HttpStatusCode expected, (string, string?) payment, params (Guid, int)[] lines) =>
        await Answers.Body(await http.Order(Guid.CreateVersion7().ToString(), lines, TestContext.Current.CancellationToken, payment), expected);

    /// <summary>Fills a cart, looks at the quote and buys it, as a browser does.</summary>
    public static async Task<JsonElement> BuysCart(this HttpClient http, params (Guid Offer, int Quantity)[] lines)
    {
        foreach (var (offer, quantity) in lines)
        {
            var added = await http.Send("/cart", new { lines = new[] { new { offer_id = offer, quantity } } });
            if (http.DefaultRequestHeaders.Authorization is null && !http.DefaultRequestHeaders.Contains("X-Cart-Token"))
                http.DefaultRequestHeaders.Add("X-Cart-Token", added.Text("cart_token"));
        }
        using var set = await http.PutAsJsonAsync("/cart", new { contact = Contact }, TestContext.Current.CancellationToken);
        await Answers.Body(set, HttpStatusCode.OK);
        var cart = await http.Read("/cart");
        return await Answers.Body(await http.Post(
            "/cart/checkout", Guid.CreateVersion7().ToString(),
            new { quote = cart.Text("quote"), payments = new[] { new { method = "card", token = "tok_success" } } },
            TestContext.Current.CancellationToken), HttpStatusCode.Created);
    }

    /// <summary>A guest holds the order by the token that the checkout answered.</summary>
    public static HttpClient Holding(this HttpClient http, JsonElement order)
    {
        http.DefaultRequestHeaders.Remove("X-Order-Token");
        http.DefaultRequestHeaders.Add("X-Order-Token", order.Text("order_token"));
        return http;
    }

    /// <summary>Waits until their inbox says this.</summary>
    public static Task Hears(this HttpClient http, string title) => Eventually(async () => Assert.Contains(
        title,
        (await http.Read("/notifications")).GetProperty("data").EnumerateArray().Select(one => one.Text("title"))));

    public static Guid Id(this JsonElement json) => json.GetProperty("id").GetGuid();

    public static long Minor(this JsonElement json, string member) => json.GetProperty(member).GetProperty("amount").GetInt64();

    private static async Task<HttpResponseMessage> Post(this HttpClient http, string path, string key, object body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        return await http.SendAsync(request, ct);
    }
}
