using System.Text.Json;

namespace Souk.IntegrationTests.Carts;

/// <summary>Delivery methods, taxes and promotions: who may, and that quotes follow.</summary>
[Trait("Shape", "both")]
public class PricingRoutesTests(SoukServer souk)
{
    [Fact]
    public async Task A_seller_keeps_delivery_methods_and_carts_follow()
    {
        var seller = await souk.Seller();
        var (_, lamp) = await souk.Sells(seller, 1000);
        var (http, _) = await souk.Guest((lamp, 2));
        (await http.Ask("PUT", "/cart", new { contact = Shop.Contact() })).Must(200);

        var made = (await seller.Ask("POST", "/delivery-methods", Method(300, 25))).Must(201);
        await Sees(cart => Assert.Equal(350, cart.Minor("delivery")));
        var express = (await seller.Ask("POST", "/delivery-methods", Method(900, 0))).Must(201);
        await souk.Everywhere(http, async there =>
        {
            var offered = (await there.Ask("GET", "/cart/delivery-options")).Must(200);
            var options = offered.GetProperty("parts")[0].GetProperty("options").EnumerateArray();
            Assert.Equal(
                [(350, true), (900, false)],
                options.Select(option => (option.Minor("price"), option.GetProperty("chosen").GetBoolean())));
        });

        var chosen = (await http.Ask("PUT", "/cart", new { delivery = new[] { new { company_id = seller.CompanyId, method_id = express.Id() } } })).Must(200);
        Assert.Equal(900, chosen.Minor("delivery"));
        (await seller.Ask("DELETE", $"/delivery-methods/{express.Id()}")).Must(204);
        await Sees(cart => Assert.Equal((350, "delivery_changed"), (cart.Minor("delivery"), cart.Codes().Single())));

        (await seller.Ask("PUT", $"/delivery-methods/{made.Id()}", Method(100, 0, "FR"))).Must(200);
        await Sees(cart => Assert.Contains("no_delivery", cart.Codes()));
        (await http.CheckOut((await http.Ask("GET", "/cart")).Json)).Refused(409, "cart_not_ready");

        Task Sees(Action<JsonElement> check) =>
            souk.Everywhere(http, async there => check((await there.Ask("GET", "/cart")).Must(200)));
    }

    [Fact]
    public async Task Others_neither_see_nor_change_a_sellers_methods_and_promotions()
    {
        var (seller, other, buyer) = (await souk.Seller(), await souk.Seller(), await souk.Buyer());
        var method = (await seller.Ask("POST", "/delivery-methods", Method(300, 25))).Must(201).Id();
        var promotion = (await seller.Ask("POST", "/promotions", new { name = "Sale", percent = 10, active = false })).Must(201).Id();

        foreach (var path in (string[])[$"/delivery-methods/{method}", $"/promotions/{promotion}"])
        {
            (await other.Ask("GET", path)).Refused(404, "not_found");
            (await other.Ask("PUT", path, path.Contains("promotions", StringComparison.Ordinal) ? new { name = "Mine", percent = 1 } : Method(1, 1))).Refused(404, "not_found");
            (await other.Ask("DELETE", path)).Refused(404, "not_found");
            (await buyer.Ask("GET", path)).Must(403);
            (await souk.Client().Ask("DELETE", path)).Must(401);
            (await seller.Ask("GET", path)).Must(200);
            (await (await souk.Staff()).Ask("GET", path)).Must(200);
        }
        (await other.Ask("POST", "/delivery-methods", Method(1, 1, company: seller.CompanyId))).Refused(422, "unknown_company");
        (await seller.Ask("PUT", "/delivery-methods/019aa000-0000-7000-8000-000000000001", Method(1, 1))).Refused(404, "not_found");
        (await seller.Ask("POST", "/tax-rates", new { country = "DE", percent = 1 })).Must(403);
    }

    [Fact]
    public async Task Staff_set_taxes_and_quotes_follow_with_what_is_contained()
    {
        var staff = await souk.Staff();
        var seller = await souk.Seller();
        var (_, lamp) = await souk.Sells(seller, 1190);
        await staff.Ask("POST", "/tax-rates", new { country = "LI", percent = 19 });
        (await staff.Ask("POST", "/tax-rates", new { country = "LI", percent = 8.1 })).Refused(409, "tax_rate_exists");
        var rate = (await staff.Ask("GET", "/tax-rates?country=LI")).Must(200).GetProperty("data")[0];
        Assert.Equal("standard", rate.Text("tax_category"));
        var (http, _) = await souk.Guest((lamp, 1));

        (await http.Ask("PUT", "/cart", new { contact = Shop.Contact("LI") })).Must(200);
        await souk.Everywhere(http, async there =>
        {
            var cart = (await there.Ask("GET", "/cart")).Must(200);
            Assert.Equal((1190, 190), (cart.Minor("total"), cart.Minor("tax")));
        });
        var order = (await http.CheckOut((await http.Ask("GET", "/cart")).Must(200))).Must(201);
        Assert.Equal(190, order.GetProperty("totals").Minor("tax"));

        (await staff.Ask("PUT", $"/tax-rates/{rate.Id()}", new { percent = 101 })).Refused(422, "invalid_percent");
        (await staff.Ask("PUT", $"/tax-rates/{rate.Id()}", new { percent = 8.12345 })).Refused(422, "invalid_percent");
        (await staff.Ask("POST", "/tax-rates", new { country = "Liechtenstein", percent = 1 })).Must(422);
        Assert.True(await souk.Value<long>("select count(*) from carts.audit where action = 'tax_rate.create'") > 0);
    }

    [Fact]
    public async Task A_region_has_taxes_of_its_own()
    {
        var staff = await souk.Staff();
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1000);
        // A country that no other test taxes; of a region nobody else writes.
        var region = $"R{Guid.CreateVersion7():N}"[..20];
        var rate = new { country = "SM", region = region.ToLowerInvariant(), percent = 25 };
        var made = (await staff.Ask("POST", "/tax-rates", rate)).Must(201);
        Assert.Equal(region.ToUpperInvariant(), made.Text("region"));
        (await staff.Ask("POST", "/tax-rates", new { country = "SM", region, percent = 7 })).Refused(409, "tax_rate_exists");

        Assert.Equal(200, await Tax(region));
        Assert.Equal(0, await Tax("Elsewhere"));
        (await staff.Ask("DELETE", $"/tax-rates/{made.Id()}")).Must(204);

        async Task<long> Tax(string where)
        {
            var (http, _) = await souk.Guest((lamp, 1));
            var shipping = new { line1 = "Via 1", city = "Faetano", postcode = "47896", country = "SM", region = where };
            (await http.Ask("PUT", "/cart", new { contact = new { name = "Ada", email = "ada@example.com", shipping } })).Must(200);
            long tax = -1;
            await souk.Everywhere(http, async there =>
            {
                tax = (await there.Ask("GET", "/cart")).Must(200).Minor("tax");
                Assert.Equal(where == region ? 200 : 0, tax);
            });
            return tax;
        }
    }

    [Fact]
    public async Task A_kilogram_costs_what_its_method_says()
    {
        var seller = await souk.Seller();
        var (product, lamp) = await souk.Sells(seller, 1000);
        var variant = (await seller.Ask("GET", $"/products/{product}")).Must(200).GetProperty("variants")[0].Id();
        (await seller.Ask("PUT", $"/products/{product}/variants/{variant}", new { weight_grams = 700 })).Must(200);
        (await seller.Ask("POST", "/delivery-methods", new
        {
            name = "Parcel", base_price = new { amount = 300, currency = "EUR" }, kg_price = new { amount = 100, currency = "EUR" },
        })).Must(201);
        await Eventually(async () => Assert.Equal(700, await souk.Value<int>("select weight_grams from carts.offers where id = $1", lamp)));
        var (http, _) = await souk.Guest((lamp, 3));
        (await http.Ask("PUT", "/cart", new { contact = Shop.Contact() })).Must(200);

        // 2.1 kg.
        await souk.Everywhere(http, async there => Assert.Equal(300 + 300, (await there.Ask("GET", "/cart")).Must(200).Minor("delivery")));
    }

    [Fact]
    public async Task Terms_of_a_promotion_that_make_no_sense_are_refused()
    {
        var seller = await souk.Seller();
        var eur = new { amount = 100, currency = "EUR" };
        Task<Reply> Post(object body) => seller.Ask("POST", "/promotions", body);

        (await Post(new { name = "Both", percent = 10, amount = eur })).Refused(422, "percent_or_amount");
        (await Post(new { name = "None" })).Refused(422, "percent_or_amount");
        (await Post(new { name = "Zero", percent = 0 })).Refused(422, "invalid_percent");
        (await Post(new { name = "Much", percent = 100.5 })).Refused(422, "invalid_percent");
        (await Post(new { name = "Mix", amount = eur, minimum = new { amount = 1, currency = "USD" } })).Refused(422, "currency_mismatch");
        (await Post(new { name = "Gold", amount = new { amount = 1, currency = "XXX" } })).Refused(422, "unsupported_currency");
        (await Post(new { name = "Back", percent = 10, starts_at = "2026-06-02T00:00:00Z", ends_at = "2026-06-01T00:00:00Z" })).Refused(422, "end_before_start");
        (await Post(new { name = "Kind", percent = 10, kind = "gift" })).Refused(422, "validation_failed");
        (await Post(new { name = "Some", kind = "buy_x_get_y", buy_quantity = 2 })).Refused(422, "quantities_required");
        (await Post(new { name = "Euro", kind = "buy_x_get_y", buy_quantity = 2, get_quantity = 1, amount = eur }))
            .Refused(422, "percent_or_amount");
        (await Post(new { name = "Three", percent = 10, buy_quantity = 2, get_quantity = 1 })).Refused(422, "quantities_not_used");
        (await Post(new { name = "Whose", percent = 10, seller_id = seller.CompanyId })).Refused(422, "seller_fixed");
        (await Post(new { name = "Who", percent = 10, customer_group_id = Guid.CreateVersion7() })).Refused(422, "unknown_group");
        (await Post(new { name = "Twice", percent = 10, code = "ONE", unique_codes = true })).Refused(422, "code_twice");
        (await Post(new { name = "Theirs", percent = 10, code = $"T{Guid.CreateVersion7():N}"[..20], funded_by = "marketplace" })).Refused(422, "not_yours_to_fund");
        (await Post(new { name = "Odd", percent = 10, code = "NO SPACES" })).Refused(422, "invalid_coupon");
        var code = $"C{Guid.CreateVersion7():N}"[..30];
        (await Post(new { name = "First", percent = 10, code })).Must(201);
        (await Post(new { name = "Second", percent = 10, code = code.ToLowerInvariant() })).Refused(409, "coupon_exists");
    }

    [Fact]
    public async Task A_stale_change_is_refused()
    {
        var seller = await souk.Seller();
        var made = await seller.Ask("POST", "/delivery-methods", Method(300, 25));
        var path = $"/delivery-methods/{made.Must(201).Id()}";
        var tag = made.Message.Headers.ETag!.Tag;
        (await seller.Ask("PUT", path, Method(400, 25))).Must(200);

        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = System.Net.Http.Json.JsonContent.Create(Method(500, 25)) };
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        var answer = await seller.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(412, (int)answer.StatusCode);
        Assert.Equal(400, (await seller.Ask("GET", path)).Must(200).Minor("base_price"));
    }

    private static object Method(long basePrice, long itemPrice, string country = "DE", Guid? company = null) => new
    {
        name = "Parcel", base_price = new { amount = basePrice, currency = "EUR" }, item_price = new { amount = itemPrice, currency = "EUR" },
        countries = new[] { country }, company_id = company,
    };
}
