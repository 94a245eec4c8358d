using System.Text.Json;
using Souk.Identity;

namespace Souk.Host.Demo;

/// <summary>
/// A believable marketplace for whoever looks at Souk for the first time, made through the public API: people who can sign in,
/// 5 sellers, 3 warehouses of their own, 210 products, and orders in every state that lasts. Safe to run again.
/// </summary>
internal sealed class DemoData(DemoApi guest, AdminInvitations invitations, string currency, Action<string> say)
{
    /// <summary>The password of every demo account. They exist only where demo data is loaded.</summary>
    public const string Password = "open sesame, open souk";

    public const string Admin = "admin@demo.example";
    public const string Buyer = "buyer@demo.example";
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(20);

    public static IEnumerable<string> Sellers => DemoGoods.Sellers.Select(seller => $"{seller.Slug}@demo.example");

    public async Task Load(CancellationToken ct)
    {
        say("Loading demo data: people");
        var admin = await Staff(ct);
        var categories = await Categories(admin, ct);
        var offers = new List<Guid[]>();
        var sellers = new List<DemoApi>();
        for (var i = 0; i < DemoGoods.Sellers.Count; i++)
        {
            var seller = DemoGoods.Sellers[i];
            say($"Loading demo data: {seller.Name} ({string.Join(", ", seller.Categories)})");
            var api = await Seller(admin, seller, withWarehouse: i < 3, ct);
            sellers.Add(api);
            offers.Add(await Products(api, seller, categories, ct));
        }
        say("Loading demo data: orders");
        await Orders(sellers, offers, ct);
    }

    private async Task<DemoApi> Staff(CancellationToken ct)
    {
        if (await SignIn(Admin, ct) is { } known)
            return known;
        var invitation = await invitations.Create(Admin, ct);
        await guest.Post("/profile/password-reset", new { token = invitation.Token, password = Password }, ct);
        return await SignIn(Admin, ct) ?? throw new InvalidOperationException("The demo administrator cannot sign in.");
    }

    private static async Task<Dictionary<string, Guid>> Categories(DemoApi admin, CancellationToken ct)
    {
        var made = new Dictionary<string, Guid>(StringComparer.Ordinal);
        foreach (var name in DemoGoods.Sellers.SelectMany(seller => seller.Categories))
            made[name] = Id(await admin.Post("/categories", new { name, position = made.Count }, ct, "demo-category-" + Slug(name)));
        return made;
    }

    private async Task<DemoApi> Seller(DemoApi admin, DemoSeller seller, bool withWarehouse, CancellationToken ct)
    {
        var email = $"{seller.Slug}@demo.example";
        var api = await SignIn(email, ct);
        if (api is null)
        {
            var registered = await guest.Post("/auth/register", new
            {
                kind = "company", email, password = Password, company_name = seller.Name, shop_name = seller.Name, country = seller.Country,
            }, ct);
            // Refused where companies are approved at once.
            await admin.Try($"/companies/{registered.GetProperty("company_id").GetGuid()}/approve", new { }, ct);
            api = await SignIn(email, ct) ?? throw new InvalidOperationException($"{email} cannot sign in.");
        }
        if (withWarehouse)
            // Inventory has to hear of the company first.
            await Patiently(() => api.Try("/warehouses", new
            {
                name = $"{seller.City} warehouse", is_default = true, priority = 10,
                address = new { line1 = "Dock 7", city = seller.City, country = seller.Country },
            }, ct, "demo-warehouse"), ct);
        return api;
    }

    private async Task<Guid[]> Products(DemoApi seller, DemoSeller who, Dictionary<string, Guid> categories, CancellationToken ct)
    {
        var offers = new List<Guid>();
        foreach (var category in who.Categories)
            foreach (var product in DemoGoods.In(category))
            {
                var body = new Dictionary<string, object?>
                {
                    ["name"] = product.Name, ["description"] = product.Description, ["category_ids"] = new[] { categories[category] },
                    ["tags"] = new[] { Slug(category) },
                };
                if (product.Option is { } option)
                {
                    body["options"] = new[] { option };
                    body["variants"] = product.Values.Select(value => new
                    {
                        options = new Dictionary<string, string> { [option] = value }, price = Price(product.PriceMinor), stock = product.Stock,
                    });
                }
                else
                    (body["price"], body["stock"]) = (Price(product.PriceMinor), product.Stock);
                var made = await Patiently(() => seller.Try("/products", body, ct, $"demo-product-{Slug(category)}-{Slug(product.Name)}"), ct);
                offers.AddRange(made.GetProperty("offers").EnumerateArray().Select(Id));
            }
        return [.. offers];
    }

    private async Task Orders(List<DemoApi> sellers, List<Guid[]> offers, CancellationToken ct)
    {
        var buyer = await SignIn(Buyer, ct);
        if (buyer is null)
        {
            await guest.Post("/auth/register", new { kind = "customer", email = Buyer, password = Password, first_name = "Ada", last_name = "Demo" }, ct);
            buyer = await SignIn(Buyer, ct) ?? throw new InvalidOperationException("The demo buyer cannot sign in.");
        }
        // The first seller ships what it sold alone; orders of two sellers stay confirmed, so that there is something to do.
        for (var n = 0; n < 14; n++)
        {
            var (method, token) = n switch
            {
                3 => ("bank_slip", null), 4 => ("card", "tok_declined"), 5 => ("card", "tok_3ds"),
                // Its timeline shows that a capture failed; that is tried again, so no order stays there.
                7 => ("card", "tok_capture_fails_once"),
                _ => ("card", (string?)"tok_success"),
            };
            Guid[] lines = n % 2 == 0 ? [offers[0][n], offers[0][n + 12]] : [offers[1 + n % 4][n], offers[0][n]];
            var order = await Order(buyer, n, lines, method, token, ct);
            if (order is not { } placed || n is 3 or 4 or 5)
                continue;
            if (n is 6)
                await buyer.Delete($"/orders/{placed}?reason=Changed+my+mind.", ct);
            if (n is 0 or 2 or 8 or 10 or 12)
                await Move(sellers[0], placed, "shipped", n, ct);
            if (n is 0 or 8 or 10 or 12)
                await Move(sellers[0], placed, "delivered", n, ct);
            if (n is 10 or 12)
                await Return(buyer, sellers[0], placed, n == 10 ? 1 : 2, n, ct);
        }
    }

    // The buyer sends back some lines, and the seller has them again.
    private static async Task Return(DemoApi buyer, DemoApi seller, Guid order, int lines, int n, CancellationToken ct)
    {
        var bought = (await buyer.Get($"/orders/{order}", ct)).GetProperty("parts").EnumerateArray()
            .SelectMany(part => part.GetProperty("lines").EnumerateArray()).Take(lines)
            .Select(line => (Id: Id(line), Quantity: line.GetProperty("quantity").GetInt32())).ToList();
        var wish = Id(await buyer.Post("/returns", new
        {
            order_id = order, reason = "other",
            lines = bought.Select(line => new { line_id = line.Id, quantity = line.Quantity }),
        }, ct, $"demo-return-{n}"));
        await seller.Post($"/returns/{wish}/approve", new { }, ct, $"demo-return-approved-{n}");
        await seller.Post($"/returns/{wish}/receive", new
        {
            lines = bought.Select(line => new { line_id = line.Id, quantity = line.Quantity, condition = "new" }),
        }, ct, $"demo-return-received-{n}");
    }

    private static async Task Move(DemoApi seller, Guid order, string status, int n, CancellationToken ct)
    {
        // Nothing ships before its money is captured, a moment after the confirmation.
        for (var attempt = 0; ; attempt++)
        {
            object body = status == "shipped" ? new { status, carrier = "Demo Post", tracking_number = $"DP{order:N}"[..14] } : new { status };
            if (await seller.Try($"/orders/{order}/status", body, ct, $"demo-{status}-{n}-{attempt}") is not null || attempt == 40)
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(250), ct);
        }
    }

    private static async Task<Guid?> Order(DemoApi buyer, int n, Guid[] lines, string method, string? token, CancellationToken ct)
    {
        var body = new
        {
            lines = lines.Select(offer => new { offer_id = offer, quantity = 1 + n % 2 }),
            contact = new
            {
                name = "Ada Demo", email = Buyer,
                shipping = new { line1 = "1 Market Street", city = "Berlin", country = "DE", postcode = "10115" },
            },
            payments = new[] { token is null ? (object)new { method } : new { method, token } },
            return_url = "https://demo.example/thanks",
        };
        var answer = await buyer.Try("/orders", body, ct, $"demo-order-{n}");
        return answer is { } order && order.TryGetProperty("id", out var id) ? id.GetGuid()
            : answer is { } accepted && accepted.TryGetProperty("order_id", out var later) ? later.GetGuid() : null;
    }

    private async Task<DemoApi?> SignIn(string email, CancellationToken ct) =>
        await guest.Try("/auth/login", new { email, password = Password }, ct) is { } tokens ? guest.As(tokens.GetProperty("access_token").GetString()!) : null;

    // Services hear of each other's news by events; a refusal right after is no failure yet.
    private static async Task<JsonElement> Patiently(Func<Task<JsonElement?>> attempt, CancellationToken ct)
    {
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(200))
        {
            if (await attempt() is { } answer)
                return answer;
            if (waited > PatienceMax)
                throw new InvalidOperationException("The marketplace kept refusing demo data; the log says why.");
            await Task.Delay(TimeSpan.FromMilliseconds(200), ct);
        }
    }

    private object Price(long minor) => new { amount = minor, currency };

    private static Guid Id(JsonElement json) => json.GetProperty("id").GetGuid();

    private static string Slug(string name) => name.ToLowerInvariant().Replace(' ', '-');
}
