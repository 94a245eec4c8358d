using System.Net.Http.Headers;
using System.Text.Json;
using Souk.Identity.SignIn;
using Souk.IntegrationTests.Carts;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Walls;

/// <summary>
/// One seller and one buyer with one or two of everything, a guest, and an operator of warehouses who stores for the seller, made
/// through the public API. Things are called as the part of the path that stands before their id: <c>products</c>, and
/// <c>product</c> as well.
/// </summary>
internal sealed class World
{
    /// <summary>A picture of one point.</summary>
    public static readonly byte[] Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private readonly Dictionary<string, string> things = [];

    private readonly Dictionary<string, string> thingsOfGuest = [];
    private readonly Dictionary<string, string> thingsOfOperator = [];

    /// <summary>The ids of what is the seller's or the buyer's.</summary>
    public IReadOnlyDictionary<string, string> Things => things;

    /// <summary>Of what is the guest's, and the seller's of whom they bought.</summary>
    public IReadOnlyDictionary<string, string> ThingsOfGuest => thingsOfGuest;

    /// <summary>Of what is the operator's alone.</summary>
    public IReadOnlyDictionary<string, string> ThingsOfOperator => thingsOfOperator;

    /// <summary>All of these, each whose it is.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> All => [things, thingsOfGuest, thingsOfOperator];

    /// <summary>Who sells.</summary>
    public required Person Seller { get; init; }

    /// <summary>Who bought of them.</summary>
    public required Person Buyer { get; init; }

    /// <summary>Who stores for the seller.</summary>
    public required Person Operator { get; init; }

    /// <summary>The token of a guest's order.</summary>
    public string OrderToken { get; private set; } = "";

    /// <summary>The token of a guest's cart.</summary>
    public string CartToken { get; private set; } = "";

    /// <summary>Whether these are an operator's: their warehouses are there for every seller.</summary>
    public static bool AreOfOperator(IReadOnlyDictionary<string, string> things) =>
        things.ContainsKey("warehouses") && !things.ContainsKey("offers");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Makes one.</summary>
    public static async Task<World> Make(SoukServer souk)
    {
        var world = new World
        {
            Seller = await souk.Seller(), Buyer = await souk.Buyer(), Operator = await souk.WarehouseOperator(),
        };
        await world.Sells(souk);
        await Employs(souk, world.Seller, world.things);
        await Employs(souk, world.Operator, world.thingsOfOperator);
        world.Put("shops", world.Seller.ShopId);
        world.Put("payout-accounts", world.Seller.CompanyId);
        await world.Stores();
        await world.Governs(souk);
        await world.Buys();
        await world.BuysAsGuest(souk);
        await world.IsPaidOut(souk);
        return world;
    }

    /// <summary>
    /// An access token that says this and no more: what a member with one permission has, say. It is signed by the running key.
    /// </summary>
    public static async Task<string> Token(SoukServer souk, Guid account, string kind, IReadOnlyList<string> everywhere,
        Guid company = default, params string[] there)
    {
        var now = (decimal)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000;
        var companies = company == default ? new Dictionary<Guid, int>() : new() { [company] = 0 };
        var token = new AccessToken("souk", "souk", account, Guid.CreateVersion7(), now, now, now + 300, kind,
            everywhere, companies, [there]);
        return await souk.Services.GetRequiredService<SigningKeys>().Sign(token, Ct);
    }

    /// <summary>Takes away what is not reserved of the seller's stock.</summary>
    public async Task SellOut()
    {
        var levels = $"/stock-levels?offer_id={things["offers"]}&warehouse_id={things["warehouses"]}";
        var level = (await Seen(Seller, levels)).GetProperty("data")[0];
        var body = new { quantity = level.GetProperty("reserved").GetInt64(), reason = "sold elsewhere" };
        (await Seller.Ask("PUT", $"/stock-levels/{things["offers"]}", body)).Must(200);
    }

    private async Task Sells(SoukServer souk)
    {
        var (product, offer) = await souk.Sells(Seller, 2000);
        Put("products", product);
        Put("offers", offer);
        Put("stock-levels", offer);
        Put("stock-rules", offer);
        Put("variants", (await Seen(Seller, $"/products/{product}")).GetProperty("variants")[0].Id());
        using var picture = new ByteArrayContent(Picture);
        picture.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        using var added = await Seller.PostAsync($"/products/{product}/images", picture, Ct);
        Put("images", JsonElement.Parse(await added.Content.ReadAsStringAsync(Ct)).Id());
        Put("warehouses",
            (await Seen(Seller, $"/warehouses?company_id={Seller.CompanyId}")).GetProperty("data")[0].Id());
        Put("routing-rules", await Made(Seller, "/routing-rules", new
        {
            name = "South", countries = new[] { "AQ" }, warehouse_ids = Array.Empty<Guid>(), prefer = "priority",
            split = true, position = 1,
        }));
        Put("delivery-methods", await Made(Seller, "/delivery-methods", new
        {
            name = "Parcel", base_price = Euros(490), countries = new[] { "DE" }, tax_category = "standard",
            active = true,
        }));
        var promotion = await Made(
            Seller, "/promotions", new { name = "Welcome", percent = 10, unique_codes = true, active = true });
        Put("promotions", promotion);
        (await Seller.Ask("POST", $"/promotions/{promotion}/codes", new { count = 2 }, Shop.NewKey())).Must(201);
        things["codes"] = (await Seen(Seller, $"/promotions/{promotion}/codes")).GetProperty("data")[0].Text("code");
        var rows = $"W-{product:N},No price\nX-{product:N},No price\n";
        Put("imports", (await Sent(Seller, "/products/import", $"sku,name\n{rows}")).Must(202).Id());
        await IsProposed(souk);
    }

    // Another seller of a product that this one keeps would like to have it changed.
    private async Task IsProposed(SoukServer souk)
    {
        var other = await souk.Seller();
        var (product, _) = await souk.Sells(Seller, 2100);
        await Eventually(async () => (await other.Ask(
            "POST", $"/products/{product}/offers", new { price = Euros(2200) }, Shop.NewKey())).Must(201));
        Put("proposals", await Made(other, $"/products/{product}/proposals", new { name = "Another name" }));
    }

    private static async Task Employs(SoukServer souk, Person owner, Dictionary<string, string> theirs)
    {
        var key = (await owner.Ask("POST", "/api-keys", new
        {
            company_id = owner.CompanyId, name = "Sync", permissions = new[] { Permissions.StockRead },
        })).Must(201);
        Put(theirs, "api-keys", key.GetProperty("api_key").Id());
        Put(theirs, "companies", owner.CompanyId);
        Put(theirs, "members", owner.AccountId);
        Put(theirs, "roles", await Made(owner, "/roles", new
        {
            company_id = owner.CompanyId, name = "night_shift", permissions = new[] { Permissions.StockRead },
        }));
        for (var i = 0; i < 2; i++)
            Put(theirs, "invitations", (await owner.Ask("POST", $"/companies/{owner.CompanyId}/members", new
            {
                email = $"{Guid.CreateVersion7():N}@example.com", role = "clerk",
            })).Must(202).Id());
        // Went out a moment ago, however long the tests take: one that is sent again is another invitation.
        await souk.Execute(
            "update identity.link_requests set created_at = now() + interval '1 hour' where company_id = $1", owner.CompanyId);
    }

    // A piece of what the seller sells came to the operator, and has gone: it may come again.
    private async Task Stores()
    {
        Put(thingsOfOperator, "warehouses", await Made(Operator, "/warehouses", new
        {
            name = "Depot", capacity = 1000,
            address = new { line1 = "Quay 1", city = "Hamburg", country = "DE", postcode = "20457" },
        }));
        foreach (var quantity in new[] { 1, 0 })
            await Eventually(async () => (await Seller.Ask("PUT", $"/stock-levels/{things["offers"]}",
                new { quantity, warehouse_id = thingsOfOperator["warehouses"], reason = "stored" })).Must(200));
    }

    private async Task Buys()
    {
        Put("accounts", Buyer.AccountId);
        Put("profile", Buyer.AccountId);
        for (var i = 0; i < 2; i++)
        {
            Put("addresses", await Made(Buyer, "/profile/me/addresses", new
            {
                name = "Ann Lee", line1 = "Mint Street 3", city = "Berlin", postcode = "10115", country = "DE",
            }));
            Put("contacts", await Made(Buyer, "/contacts", Shop.Contact()));
            // What it is does not matter, and nobody ever sells it: it is waited for as long as the buyer likes.
            Put("back-in-stock", Guid.CreateVersion7());
            var watch = new { offer_id = things["back-in-stock"] };
            (await Buyer.Ask("POST", "/notifications/back-in-stock", watch, Shop.NewKey())).Must(202);
        }
        var order = await Ordered(Buyer);
        Put("orders", order.Id());
        Put("parts", order.GetProperty("parts")[0].Id());
        var payment = await Eventually(async () =>
            (await Seen(Buyer, $"/payments?order_id={order.Id()}&status=captured")).GetProperty("data") is var page
            && page.GetArrayLength() == 1 ? page[0].GetProperty("id").GetString() : null);
        Put("payments", Guid.Parse(payment));
        var back = new
        {
            order_id = order.Id(), company_id = Seller.CompanyId, amount = Euros(100), reason = "damaged",
        };
        var refund = await Eventually(async () =>
            await Seller.Ask("POST", "/refunds", back, Shop.NewKey()) is { Status: 201 } made ? made : null);
        Put("refunds", refund.Json.Id());
        await IsSentBack(Buyer, order.Id(), things);
        await Eventually(async () =>
            Put("notifications", (await Seen(Buyer, "/notifications")).GetProperty("data")[0].Id()));
        Put("cart", (await Buyer.Puts((Guid.Parse(things["offers"]), 1))).GetProperty("lines")[0].Id());
    }

    private async Task BuysAsGuest(SoukServer souk)
    {
        using var guest = souk.Client();
        var cart = await guest.Puts((Guid.Parse(things["offers"]), 1));
        var order = await Ordered(guest);
        (CartToken, OrderToken) = (cart.Text("cart_token"), order.Text("order_token"));
        guest.DefaultRequestHeaders.Add("X-Order-Token", OrderToken);
        Put(thingsOfGuest, "cart", cart.GetProperty("lines")[0].Id());
        Put(thingsOfGuest, "orders", order.Id());
        Put(thingsOfGuest, "parts", order.GetProperty("parts")[0].Id());
        await IsSentBack(guest, order.Id(), thingsOfGuest);
    }

    private async Task<JsonElement> Ordered(HttpClient by)
    {
        var order = Shop.Order(Guid.Parse(things["offers"]));
        return (await Eventually(async () =>
            await by.Ask("POST", "/orders", order, Shop.NewKey()) is { Status: 201 } made ? made : null)).Json;
    }

    // Shipped, delivered, and asked to be taken back.
    private async Task IsSentBack(HttpClient by, Guid order, Dictionary<string, string> theirs)
    {
        foreach (var status in new[] { "shipped", "delivered" })
            await Eventually(async () =>
                (await Seller.Ask("POST", $"/orders/{order}/status", new { status }, Shop.NewKey())).Must(200));
        Put(theirs, "shipments", (await Seen(Seller, $"/orders/{order}/tracking")).GetProperty("parts")[0]
            .GetProperty("shipments")[0].Id());
        var line = (await Seen(Seller, $"/orders/{order}")).GetProperty("parts")[0].GetProperty("lines")[0].Id();
        Put(theirs, "lines", line);
        Put(theirs, "returns", await Made(by, "/returns", new
        {
            order_id = order, lines = new[] { new { line_id = line, quantity = 1 } }, reason = "damaged",
        }));
    }

    // What was delivered is asked for, and the buyer asks the bank to give it back.
    private async Task IsPaidOut(SoukServer souk)
    {
        (await Seller.Ask("PUT", $"/payout-accounts/{Seller.CompanyId}", new
        {
            holder = "Stall", iban = "DE89370400440532013000", schedule = "manual",
        })).Must(200);
        await Eventually(async () => Assert.Equal(2, await souk.Value<long>(
            "select count(*) from payments.earnings where company_id = $1", Seller.CompanyId)));
        await IsSentInAFile(souk, Guid.Parse(thingsOfGuest["orders"]));
        await souk.Execute("update payments.earnings set releases_at = now() where company_id = $1", Seller.CompanyId);
        Put("payouts", await Made(Seller, "/payouts", new { company_id = Seller.CompanyId, currency = "EUR" }));
        using var bank = souk.Client();
        (await bank.Ask("POST", $"/gateway-simulator/charges/{things["payments"]}/dispute")).Must(200);
        await Eventually(async () => Put("disputes",
            (await Seen(Seller, $"/disputes?order_id={things["orders"]}")).GetProperty("data")[0].Id()));
    }

    // What one order brought was paid out before the rest is asked for.
    private async Task IsSentInAFile(SoukServer souk, Guid order)
    {
        await souk.Execute(
            "update payments.earnings set releases_at = now() where company_id = $1 and order_id = $2", Seller.CompanyId, order);
        var payout = await Made(Seller, "/payouts", new { company_id = Seller.CompanyId, currency = "EUR" });
        var admin = await souk.Staff();
        (await admin.Ask("POST", $"/payouts/{payout}/approve", new { }, Shop.NewKey())).Must(200);
        Put("payout-files", await Made(admin, "/payout-files", new { currency = "EUR" }));
        (await admin.Ask("POST", $"/payout-files/{things["payout-files"]}/sent", new { }, Shop.NewKey())).Must(200);
    }

    // What belongs to the marketplace and not to one of them.
    private async Task Governs(SoukServer souk)
    {
        var admin = await souk.Staff();
        var name = $"n{Guid.CreateVersion7():N}"[..24];
        Put("categories", await Made(admin, "/categories", new { name, position = 0 }));
        Put("tags", await Made(admin, "/tags", new { name }));
        Put("attributes", await Made(admin, "/attributes", new { code = name, name, type = "number" }));
        Put("tax-rates", await Made(admin, "/tax-rates", new { country = "DE", percent = 19, tax_category = name }));
        Put("commission-rules",
            await Made(admin, "/commission-rules", new { name, percent = 7.5, company_id = Seller.CompanyId }));
        Put("customer-groups", await Made(admin, "/customer-groups", new { name }));
        (await admin.Ask("POST", $"/customer-groups/{things["customer-groups"]}/members",
            new { account_ids = new[] { Seller.AccountId, Buyer.AccountId } }, Shop.NewKey())).Must(200);
        await IsReviewed(souk, admin, name);
        Put("email-suppressions", await Made(admin, "/email-suppressions", new { recipient = $"{name}@example.com" }));
        (await admin.Ask("POST", "/email-templates",
            new { name, subject = "Hello", text = "Good day.", html = "<p>Good day.</p>" }, Shop.NewKey())).Must(201);
        (things["email-templates"], things["webhooks"]) = (name, "simulator");
        // Of a payment that is nobody's: an exception for people to look at.
        Put("settlements", (await Sent(admin, "/settlements?gateway=simulator",
            "type,payment,reference,amount,fee,currency,at\n"
            + $"capture,{Guid.CreateVersion7()},{name},1.00,0.00,SEK,2026-01-01T00:00:00Z\n")).Must(201).Id());
        Put("exceptions", (await Seen(admin, "/settlements/exceptions?limit=100")).GetProperty("data").EnumerateArray()
            .First(each => each.Text("settlement_id") == things["settlements"]).Id());
        Put("emails", (await admin.Ask("POST", "/emails",
            new { recipient = "ann@example.com", subject = "Hello", body = "Good day." }, Shop.NewKey()))
            .Must(202).Id());
    }

    // A payment of an amount that nobody else pays: the rule is there for everybody.
    private async Task IsReviewed(SoukServer souk, HttpClient admin, string rule)
    {
        const long price = 90_000_000;
        Put("fraud-rules", await Made(admin, "/fraud-rules", new
        {
            name = rule, kind = "amount", action = "review", amount = Euros(price),
        }));
        var (_, offer) = await souk.Sells(Seller, price);
        (await Buyer.Ask("POST", "/orders", Shop.Order(offer), Shop.NewKey())).Must(202);
        await Eventually(async () =>
            Assert.NotEmpty((await Seen(admin, "/payments/reviews")).GetProperty("data").EnumerateArray()));
    }

    private static async Task<JsonElement> Seen(HttpClient by, string path) => (await by.Ask("GET", path)).Must(200);

    private static async Task<Guid> Made(HttpClient by, string path, object body) =>
        (await by.Ask("POST", path, body, Shop.NewKey())).Must(201).Id();

    private static async Task<Reply> Sent(HttpClient by, string path, string csv)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(csv, System.Text.Encoding.UTF8, "text/csv"),
        };
        request.Headers.Add("Idempotency-Key", Shop.NewKey());
        var message = await by.SendAsync(request, Ct);
        return new Reply((int)message.StatusCode, await message.Content.ReadAsStringAsync(Ct), message);
    }

    private static object Euros(long amount) => new { amount, currency = "EUR" };

    private void Put(string name, Guid id) => Put(things, name, id);

    private static void Put(Dictionary<string, string> among, string name, Guid id) =>
        among[name] = among[One(name)] = id.ToString();

    private static string One(string name) =>
        name.EndsWith("ies", StringComparison.Ordinal) ? name[..^3] + "y" : name.TrimEnd('s');
}
