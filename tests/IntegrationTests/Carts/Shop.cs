using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Carts;

/// <summary>What was answered.</summary>
internal sealed record Reply(int Status, string Text, HttpResponseMessage Message)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    public JsonElement Must(int status)
    {
        Assert.True(status == Status, $"{status} was expected, not {Status}: {Text}");
        return Text.Length == 0 ? default : Json;
    }

    public JsonElement Refused(int status, string code)
    {
        Must(status);
        Assert.Equal(code, Code);
        return Json;
    }
}

/// <summary>What buyers and sellers of these tests do.</summary>
internal static class Shop
{
    public static readonly object[] ByCard = [new { method = "card", token = "tok_success" }];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static object Contact(string country = "DE", string email = "ada@example.com") => new
    {
        name = "Ada Lovelace", email, shipping = new { line1 = "Invalidenstr. 116", city = "Berlin", postcode = "10115", country },
    };

    public static async Task<Reply> Ask(this HttpClient http, string method, string path, object? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : JsonContent.Create(body) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        var message = await http.SendAsync(request, Ct);
        return new Reply((int)message.StatusCode, await message.Content.ReadAsStringAsync(Ct), message);
    }

    /// <summary>A new key of a request.</summary>
    public static string NewKey() => Guid.CreateVersion7().ToString();

    /// <summary>Puts something up for sale and waits until carts know it.</summary>
    public static async Task<(Guid Product, Guid Offer)> Sells(this SoukServer souk, Person seller, long price, int stock = 100, long? fee = null)
    {
        var product = await Eventually(async () =>
        {
            var made = await seller.Ask("POST", "/products", new
            {
                name = $"Lamp {Guid.CreateVersion7():N}", price = new { amount = price, currency = "EUR" }, stock,
                delivery_fee = fee is null ? null : new { amount = fee, currency = "EUR" },
            });
            return made.Status == 201 ? made : null;
        });
        var offer = product.Json.GetProperty("offers")[0].Id();
        await Eventually(async () => Assert.Equal(
            1, await souk.Value<long>("select count(*) from carts.offers o join carts.availability a on a.offer_id = o.id where o.id = $1 and a.available > 0", offer)));
        using var guest = souk.Client();
        await souk.Everywhere(guest, there => there.Puts((offer, 1)));
        return (product.Json.Id(), offer);
    }

    /// <summary>
    /// A guest sees it at every replica of carts. What they keep in memory, offers and the rules of prices, may be a moment
    /// behind the tables, and each hears of a change by itself, after the commit.
    /// </summary>
    public static async Task Everywhere(this SoukServer souk, HttpClient guest, Func<HttpClient, Task> sees)
    {
        foreach (var replica in souk.Replicas("carts"))
        {
            using var there = souk.Client();
            there.BaseAddress = replica;
            foreach (var (name, values) in guest.DefaultRequestHeaders)
                there.DefaultRequestHeaders.Add(name, values);
            await Eventually(() => sees(there));
        }
    }

    /// <summary>A guest whose cart holds these; the client sends its token.</summary>
    public static async Task<(HttpClient Http, JsonElement Cart)> Guest(this SoukServer souk, params (Guid Offer, int Quantity)[] lines)
    {
        var http = souk.Client();
        return (http, await http.Puts(lines));
    }

    public static async Task<JsonElement> Puts(this HttpClient http, params (Guid Offer, int Quantity)[] lines)
    {
        var cart = (await http.Ask("POST", "/cart", new { lines = lines.Select(line => new { offer_id = line.Offer, quantity = line.Quantity }) })).Must(200);
        if (cart.GetProperty("cart_token").GetString() is { } token && !http.DefaultRequestHeaders.Contains("X-Cart-Token"))
            http.DefaultRequestHeaders.Add("X-Cart-Token", token);
        return cart;
    }

    public static Task<Reply> CheckOut(this HttpClient http, JsonElement cart, object[]? payments = null, string? key = null) =>
        http.Ask("POST", "/cart/checkout", new { quote = cart.Text("quote"), payments = payments ?? ByCard }, key ?? NewKey());

    public static object Order(Guid offer, int quantity = 1, object? contact = null, object[]? payments = null, string[]? coupons = null) => new
    {
        lines = new[] { new { offer_id = offer, quantity } }, contact = contact ?? Contact(), payments = payments ?? ByCard, coupons = coupons ?? [],
    };

    public static Guid Id(this JsonElement json, string member = "id") => json.GetProperty(member).GetGuid();

    public static string Text(this JsonElement json, string member) => json.GetProperty(member).GetString()!;

    public static long Minor(this JsonElement json, string member) => json.GetProperty(member).GetProperty("amount").GetInt64();

    public static string[] Codes(this JsonElement cart) => [.. cart.GetProperty("problems").EnumerateArray().Select(problem => problem.Text("code"))];

    public static (Guid, int)[] Lines(this JsonElement cart) =>
        [.. cart.GetProperty("lines").EnumerateArray().Select(line => (line.Id("offer_id"), line.GetProperty("quantity").GetInt32()))];
}
