using System.Text.Json;

namespace Souk.IntegrationTests.Carts;

/// <summary>Promotions from their making to the order: what they take off, who may use them, and how often.</summary>
[Trait("Shape", "both")]
public class PromotionTests(SoukServer souk)
{
    [Fact]
    public async Task Three_for_two_and_free_delivery_are_in_the_quote_explained_and_in_the_order()
    {
        var seller = await souk.Seller();
        var (_, lamp) = await souk.Sells(seller, 1000);
        (await seller.Ask("POST", "/delivery-methods", new { name = "Parcel", base_price = Eur(490) })).Must(201);
        await Make(seller, new { name = "Three for two", kind = "buy_x_get_y", buy_quantity = 2, get_quantity = 1 });
        await Make(seller, new { name = "Free delivery", kind = "delivery", percent = 100, minimum = Eur(3000) });
        var (http, _) = await souk.Guest((lamp, 2));
        (await http.Ask("PUT", "/cart", new { contact = Shop.Contact() })).Must(200);
        await Sees(http, cart => Assert.Equal((2490, 0), (cart.Minor("total"), cart.Minor("discount"))));
        await http.Puts((lamp, 1));
        await Sees(http, cart => Assert.Equal((2000, 1000, 0), (cart.Minor("total"), cart.Minor("discount"), cart.Minor("delivery"))));

        var plain = (await http.Ask("GET", "/cart")).Must(200);
        Assert.False(plain.GetProperty("lines")[0].TryGetProperty("explanation", out _));
        var explained = (await http.Ask("GET", "/cart?explain=true")).Must(200);
        Assert.Equal(plain.Text("quote"), explained.Text("quote"));
        var why = explained.GetProperty("lines")[0].GetProperty("explanation");
        Assert.Equal(
            [("buy_x_get_y", 1000L), ("delivery", 490)],
            why.GetProperty("discounts").EnumerateArray().Select(discount => (discount.Text("kind"), discount.Minor("discount"))));
        Assert.Equal((490, 490), (why.GetProperty("delivery").Minor("base"), why.GetProperty("delivery").Minor("discount")));
        Assert.Equal(1000, why.GetProperty("price").Minor("unit_price"));
        Assert.Equal("standard", why.GetProperty("tax").Text("category"));
        Assert.True((await http.Ask("GET", $"/cart/{lamp}?explain=true")).Must(200).TryGetProperty("explanation", out _));
        (await http.Ask("GET", "/cart?explain=perhaps")).Must(400);

        var totals = (await http.CheckOut(plain)).Must(201).GetProperty("totals");
        Assert.Equal((2000, 1000, 0), (totals.Minor("total"), totals.Minor("discount"), totals.Minor("delivery")));
    }

    [Fact]
    public async Task A_delivery_that_the_marketplace_pays_is_the_sellers_all_the_same()
    {
        var seller = await souk.Seller();
        var (_, lamp) = await souk.Sells(seller, 1000);
        (await seller.Ask("POST", "/delivery-methods", new { name = "Parcel", base_price = Eur(500) })).Must(201);
        var code = NewCode();
        await Make(await souk.Staff(), new { name = "On us", kind = "delivery", percent = 100, code, seller_id = seller.CompanyId });
        var (http, _) = await souk.Guest((lamp, 1));
        // First what it costs: without a delivery the total would be the same as with one that is free.
        (await http.Ask("PUT", "/cart", new { contact = Shop.Contact("CH") })).Must(200);
        await Sees(http, cart => Assert.Equal(1500, cart.Minor("total")));
        (await http.Ask("PUT", "/cart", new { coupons = new[] { code } })).Must(200);
        await Sees(http, cart => Assert.Equal(1000, cart.Minor("total")));

        var order = (await http.CheckOut((await http.Ask("GET", "/cart")).Must(200))).Must(201);

        // The ledger has it as what it is: the buyer's 10.00 and the marketplace's 5.00, all for the seller.
        await Eventually(async () => Assert.Equal(1500, await souk.Value<long>(
            """
            select sum(goods_minor + delivery_minor + tax_minor)::bigint from payments.order_lines
             where order_id = $1 having sum(discount_minor) = 500
            """,
            order.Id())));
    }

    [Fact]
    public async Task One_without_a_code_is_used_as_often_as_it_may_be_and_a_declined_order_gives_it_back()
    {
        var seller = await souk.Seller();
        var (_, lamp) = await souk.Sells(seller, 1000);
        var id = await Make(seller, new { name = "The first", percent = 50, uses_max = 1 });
        var (http, _) = await souk.Guest((lamp, 1));
        (await http.Ask("PUT", "/cart", new { contact = Shop.Contact() })).Must(200);
        await Sees(http, cart => Assert.Equal(500, cart.Minor("total")));

        (await http.CheckOut((await http.Ask("GET", "/cart")).Must(200), By("tok_declined"))).Refused(402, "payment_declined");
        Assert.Equal(0, await Used(seller, id));
        Assert.Equal(500, (await http.CheckOut((await http.Ask("GET", "/cart")).Must(200))).Must(201).GetProperty("totals").Minor("total"));

        Assert.Equal(1, await Used(seller, id));
        var (late, _) = await souk.Guest((lamp, 1));
        Assert.Equal(1000, (await late.Ask("PUT", "/cart", new { contact = Shop.Contact() })).Must(200).Minor("total"));
    }

    [Fact]
    public async Task Each_of_many_codes_is_good_for_one_order()
    {
        const int AtOnce = 20;
        var seller = await souk.Seller();
        var (_, lamp) = await souk.Sells(seller, 1000, stock: 500);
        var id = await Make(seller, new { name = "Letters", percent = 20, unique_codes = true });
        var key = Shop.NewKey();
        var body = new { count = 3, prefix = "mail-" };
        var made = (await seller.Ask("POST", $"/promotions/{id}/codes", body, key)).Must(201);
        Assert.Equal(made.GetRawText(), (await seller.Ask("POST", $"/promotions/{id}/codes", body, key)).Must(201).GetRawText());

        var export = await seller.Ask("GET", $"/promotions/{id}/codes/export");
        Assert.Equal("text/csv", export.Message.Content.Headers.ContentType!.MediaType);
        var lines = export.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("code,used,created_at", lines[0]);
        string[] codes = [.. lines.Skip(1).Select(line => line.Split(',')[0])];
        Assert.Equal(3, codes.Distinct().Count());
        Assert.All(codes, code => Assert.StartsWith("MAIL-", code, StringComparison.Ordinal));

        using var http = souk.Client();
        // Given twice in one order it counts once.
        Assert.Equal(800, (await Buy(http, codes[0], codes[0].ToLowerInvariant())).Must(201).GetProperty("totals").Minor("total"));
        (await Buy(http, codes[0])).Refused(409, "order_not_ready");
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Buy(http, codes[1])));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{AtOnce} uses at once of a code for one order: {answers.Count(answer => answer.Status == 201)} orders");
        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(
            answers.Where(answer => answer.Status != 201),
            answer => Assert.True(answer.Status == 409 && answer.Code is "coupon_used_up" or "order_not_ready", answer.Text));

        (await BuyBy(http, "tok_declined", [codes[2]])).Refused(402, "payment_declined");
        var used = (await seller.Ask("GET", $"/promotions/{id}/codes?used=true")).Must(200).GetProperty("data").EnumerateArray();
        Assert.Equal(codes[..2].Order(StringComparer.Ordinal), used.Select(code => code.Text("code")).Order(StringComparer.Ordinal));
        (await seller.Ask("DELETE", $"/promotions/{id}/codes/{codes[1]}")).Refused(409, "code_used");
        (await seller.Ask("DELETE", $"/promotions/{id}/codes/{codes[2]}")).Must(204);
        (await Buy(http, codes[2])).Refused(409, "order_not_ready");
        Assert.Equal(2, await Used(seller, id));

        Task<Reply> Buy(HttpClient client, params string[] codes) => BuyBy(client, "tok_success", codes);
        Task<Reply> BuyBy(HttpClient client, string token, string[] codes) => client.Ask("POST", "/orders", Shop.Order(
            lamp, contact: Shop.Contact(email: $"{Guid.CreateVersion7():N}@example.com"), payments: By(token), coupons: codes),
            Shop.NewKey());
    }

    [Fact]
    public async Task Codes_are_nobody_elses_to_make_or_read()
    {
        var (seller, other, buyer) = (await souk.Seller(), await souk.Seller(), await souk.Buyer());
        var (id, plain) = (
            await Make(seller, new { name = "Mine", percent = 20, unique_codes = true }),
            await Make(seller, new { name = "All", percent = 20, active = false }));
        var made = new { count = 1 };

        (await other.Ask("POST", $"/promotions/{id}/codes", made)).Refused(404, "not_found");
        (await other.Ask("GET", $"/promotions/{id}/codes")).Refused(404, "not_found");
        (await other.Ask("GET", $"/promotions/{id}/codes/export")).Refused(404, "not_found");
        (await other.Ask("DELETE", $"/promotions/{id}/codes/ANY")).Refused(404, "not_found");
        (await buyer.Ask("GET", $"/promotions/{id}/codes/export")).Must(403);
        (await souk.Client().Ask("GET", $"/promotions/{id}/codes")).Must(401);
        (await seller.Ask("POST", $"/promotions/{plain}/codes", made)).Refused(409, "no_unique_codes");
        (await seller.Ask("POST", $"/promotions/{id}/codes", new { count = 10_001 })).Must(422);
        (await seller.Ask("POST", $"/promotions/{id}/codes", new { count = 1, prefix = "=SUM" })).Must(422);
        (await seller.Ask("PUT", $"/promotions/{id}", new { name = "Mine", percent = 20 })).Refused(422, "unique_codes_fixed");
        Assert.Empty((await seller.Ask("GET", $"/promotions/{id}/codes")).Must(200).GetProperty("data").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, (await seller.Ask("GET", $"/promotions/{id}")).Must(200).GetProperty("code").ValueKind);
    }

    [Fact]
    public async Task A_promotion_for_a_group_is_for_who_is_in_it()
    {
        var (staff, seller, regular, buyer) = (await souk.Staff(), await souk.Seller(), await souk.Buyer(), await souk.Buyer());
        var (_, lamp) = await souk.Sells(seller, 1000);
        var name = $"Regulars {Guid.CreateVersion7():N}";
        var group = (await staff.Ask("POST", "/customer-groups", new { name })).Must(201).Id();
        (await staff.Ask("POST", "/customer-groups", new { name = name.ToUpperInvariant() })).Refused(409, "group_exists");
        var members = $"/customer-groups/{group}/members";
        var one = new { account_ids = new[] { regular.AccountId } };
        Assert.Equal(1, (await staff.Ask("POST", members, one)).Must(200).GetProperty("added").GetInt32());
        Assert.Equal(0, (await staff.Ask("POST", members, one)).Must(200).GetProperty("added").GetInt32());
        await Make(seller, new { name = "For regulars", percent = 30, customer_group_id = group });

        await Costs(regular, 700);
        await Costs(buyer, 1000);
        (await staff.Ask("DELETE", $"{members}/{regular.AccountId}")).Must(204);
        await Costs(regular, 1000);

        (await seller.Ask("POST", members, one)).Refused(403, "forbidden");
        (await seller.Ask("GET", members)).Refused(403, "forbidden");
        Assert.Equal(name, (await seller.Ask("GET", $"/customer-groups/{group}")).Must(200).Text("name"));
        (await buyer.Ask("GET", "/customer-groups")).Must(403);
        (await staff.Ask("DELETE", $"/customer-groups/{group}")).Refused(409, "in_use");
        (await staff.Ask("POST", $"/customer-groups/{Guid.CreateVersion7()}/members", one)).Refused(404, "not_found");
        Assert.True(await souk.Value<long>("select count(*) from carts.audit where entity_id = $1", group) >= 3);

        async Task Costs(Person person, long total)
        {
            await person.Ask("DELETE", "/cart");
            await person.Puts((lamp, 1));
            await SeesSignedIn(person, cart => Assert.Equal(total, cart.Minor("total")));
        }
    }

    [Fact]
    public async Task A_first_order_is_the_first_that_came_about()
    {
        var (seller, buyer) = (await souk.Seller(), await souk.Buyer());
        var (_, lamp) = await souk.Sells(seller, 1000);
        var code = NewCode();
        var welcome = await Make(seller, new { name = "Welcome", percent = 10, code, first_order = true });
        Task<Reply> Buy(HttpClient person, string token, params string[] coupons) => person.Ask(
            "POST", "/orders", Shop.Order(lamp, payments: By(token), coupons: coupons), Shop.NewKey());

        (await Buy(souk.Client(), "tok_success", code)).Refused(409, "order_not_ready");
        (await Buy(buyer, "tok_declined", code)).Refused(402, "payment_declined");
        var both = await Task.WhenAll(Buy(buyer, "tok_success", code), Buy(buyer, "tok_success", code));

        Assert.Equal(900, Assert.Single(both, answer => answer.Status == 201).Json.GetProperty("totals").Minor("total"));
        Assert.Contains(both.Single(answer => answer.Status != 201).Code, (string[])["coupon_used_up", "order_not_ready"]);
        (await Buy(buyer, "tok_success", code)).Refused(409, "order_not_ready");
        Assert.Equal(1, await Used(seller, welcome));
        // Who bought without it has had a first order, too.
        var other = await souk.Buyer();
        (await Buy(other, "tok_success")).Must(201);
        (await Buy(other, "tok_success", code)).Refused(409, "order_not_ready");
    }

    private static object Eur(long amount) => new { amount, currency = "EUR" };

    private static object[] By(string token) => [new { method = "card", token }];

    private static string NewCode() => $"C{Guid.CreateVersion7():N}"[..30];

    private static async Task<Guid> Make(Person person, object terms) => (await person.Ask("POST", "/promotions", terms)).Must(201).Id();

    private static async Task<long> Used(Person seller, Guid promotion) =>
        (await seller.Ask("GET", $"/promotions/{promotion}")).Must(200).GetProperty("used").GetInt64();

    private Task Sees(HttpClient http, Action<JsonElement> check) =>
        souk.Everywhere(http, async there => check((await there.Ask("GET", "/cart")).Must(200)));

    private static Task SeesSignedIn(Person person, Action<JsonElement> check) =>
        Eventually(async () => check((await person.Ask("GET", "/cart")).Must(200)));
}
