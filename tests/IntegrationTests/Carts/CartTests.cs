namespace Souk.IntegrationTests.Carts;

/// <summary>Filling a cart, looking at it, changing it.</summary>
[Trait("Shape", "both")]
public class CartTests(SoukServer souk)
{
    [Fact]
    public async Task A_guest_finds_the_cart_again_by_the_token_of_the_first_add()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1999);
        using var http = souk.Client();

        var added = await http.Ask("POST", "/cart", new { lines = new[] { new { offer_id = lamp, quantity = 2 } } });
        var token = added.Must(200).Text("cart_token");
        Assert.Equal(token, added.Message.Headers.GetValues("X-Cart-Token").Single());
        Assert.Empty((await http.Ask("GET", "/cart")).Must(200).Lines());
        http.DefaultRequestHeaders.Add("X-Cart-Token", token);

        var cart = (await http.Ask("GET", "/cart")).Must(200);
        Assert.Equal([(lamp, 2)], cart.Lines());
        Assert.Equal(3998, cart.Minor("total"));
        Assert.Equal(["address_needed"], cart.Codes());
    }

    [Fact]
    public async Task Looking_costs_no_write_before_the_first_add()
    {
        using var http = souk.Client();
        var cart = (await http.Ask("GET", "/cart")).Must(200);

        Assert.Equal(0, await souk.Value<long>("select count(*) from carts.carts where id = $1", cart.Id()));
    }

    [Fact]
    public async Task A_token_that_was_changed_opens_nothing()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1999);
        var (http, cart) = await souk.Guest((lamp, 1));
        var token = cart.Text("cart_token");
        http.DefaultRequestHeaders.Remove("X-Cart-Token");
        http.DefaultRequestHeaders.Add("X-Cart-Token", (token[0] == 'A' ? 'B' : 'A') + token[1..]);

        var answer = await http.Ask("GET", "/cart");

        Assert.True(answer.Status is 401 || answer.Json.Lines().Length == 0, answer.Text);
    }

    [Fact]
    public async Task Pieces_of_an_offer_stand_in_one_line()
    {
        var seller = await souk.Seller();
        var ((_, lamp), (_, rug)) = (await souk.Sells(seller, 1999), await souk.Sells(seller, 500));
        var (http, _) = await souk.Guest((lamp, 1), (rug, 2), (lamp, 1));

        var cart = await http.Puts((rug, 3));

        Assert.Equal([(lamp, 2), (rug, 5)], cart.Lines());
    }

    [Fact]
    public async Task A_retried_add_adds_once()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1999);
        var (http, _) = await souk.Guest((lamp, 1));
        var (key, body) = (Shop.NewKey(), new { lines = new[] { new { offer_id = lamp, quantity = 1 } } });

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => http.Ask("POST", "/cart", body, key)));

        Assert.All(answers.Where(answer => answer.Status == 200), answer => Assert.Equal(answers.First(one => one.Status == 200).Text, answer.Text));
        Assert.Equal([(lamp, 2)], (await http.Ask("GET", "/cart")).Must(200).Lines());
    }

    [Fact]
    public async Task Adds_side_by_side_all_count()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1999);
        var (http, _) = await souk.Guest((lamp, 1));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.Puts((lamp, 1))));

        Assert.Equal([(lamp, 21)], (await http.Ask("GET", "/cart")).Must(200).Lines());
    }

    [Fact]
    public async Task A_line_is_shown_changed_and_taken_out_by_the_id_of_its_offer()
    {
        var seller = await souk.Seller();
        var ((_, lamp), (_, rug)) = (await souk.Sells(seller, 1999), await souk.Sells(seller, 500));
        var (http, _) = await souk.Guest((lamp, 1), (rug, 1));

        Assert.Equal(500, (await http.Ask("GET", $"/cart/{rug}")).Must(200).Minor("total"));
        Assert.Equal([(lamp, 4), (rug, 1)], (await http.Ask("PUT", $"/cart/{lamp}", new { quantity = 4 })).Must(200).Lines());
        Assert.Equal([(rug, 1)], (await http.Ask("DELETE", $"/cart/{lamp}")).Must(200).Lines());
        (await http.Ask("GET", $"/cart/{lamp}")).Refused(404, "not_found");
        (await http.Ask("PUT", $"/cart/{lamp}", new { quantity = 1 })).Refused(404, "not_found");
        (await http.Ask("DELETE", $"/cart/{lamp}")).Refused(404, "not_found");
        (await http.Ask("DELETE", "/cart")).Must(204);
        Assert.Empty((await http.Ask("GET", "/cart")).Must(200).Lines());
    }

    [Fact]
    public async Task A_change_of_a_cart_that_another_tab_changed_is_refused_when_asked_to()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1999);
        var (http, _) = await souk.Guest((lamp, 1));
        var tag = (await http.Ask("GET", "/cart")).Message.Headers.ETag!.Tag;
        using var first = new HttpRequestMessage(HttpMethod.Put, $"/cart/{lamp}") { Content = System.Net.Http.Json.JsonContent.Create(new { quantity = 2 }) };
        using var second = new HttpRequestMessage(HttpMethod.Put, $"/cart/{lamp}") { Content = System.Net.Http.Json.JsonContent.Create(new { quantity = 3 }) };
        first.Headers.TryAddWithoutValidation("If-Match", tag);
        second.Headers.TryAddWithoutValidation("If-Match", tag);

        Assert.Equal(200, (int)(await http.SendAsync(first, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(412, (int)(await http.SendAsync(second, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal([(lamp, 2)], (await http.Ask("GET", "/cart")).Must(200).Lines());
    }

    [Fact]
    public async Task A_strangers_line_is_not_there()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1999);
        var (http, _) = await souk.Guest((lamp, 1));
        using var stranger = souk.Client();

        (await stranger.Ask("GET", $"/cart/{lamp}")).Refused(404, "not_found");
        (await stranger.Ask("DELETE", $"/cart/{lamp}")).Refused(404, "not_found");
        Assert.Single((await http.Ask("GET", "/cart")).Must(200).Lines());
    }

    [Fact]
    public async Task What_breaks_a_rule_is_refused_and_changes_nothing()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 1999);
        var (http, before) = await souk.Guest((lamp, 1));

        (await http.Ask("POST", "/cart", new { lines = Array.Empty<object>() })).Must(422);
        (await http.Ask("POST", "/cart", new { lines = new[] { new { offer_id = lamp, quantity = 0 } } })).Must(422);
        (await http.Ask("POST", "/cart", new { lines = new[] { new { offer_id = lamp, quantity = 10_001 } } })).Must(422);
        (await http.Ask("POST", "/cart", new { lines = new[] { new { quantity = 1 } } })).Refused(422, "offer_required");
        (await http.Ask("POST", "/cart", new { lines = new[] { new { offer_id = lamp, product_id = lamp, quantity = 1 } } })).Refused(422, "offer_required");
        (await http.Ask("POST", "/cart", new { lines = new[] { new { offer_id = Guid.CreateVersion7(), quantity = 1 } } })).Refused(422, "not_available");
        (await http.Ask("POST", "/cart", new { lines = new[] { new { product_id = Guid.CreateVersion7(), quantity = 1 } } })).Refused(422, "not_available");
        (await http.Ask("POST", "/cart", new { lines = new[] { new { offer_id = lamp, quantity = 1, price = 1 } } })).Refused(400, "unknown_field");
        (await http.Ask("POST", "/cart", new { lines = new[] { new { offer_id = "lamp", quantity = 1 } } })).Must(400);
        (await http.Ask("PUT", $"/cart/{lamp}", new { quantity = -1 })).Must(422);

        Assert.Equal(before.Text("quote"), (await http.Ask("GET", "/cart")).Must(200).Text("quote"));
    }

    [Fact]
    public async Task A_product_of_one_variant_stands_for_its_cheapest_offer_in_stock()
    {
        var (cheap, fair, empty) = (await souk.Seller(), await souk.Seller(), await souk.Seller());
        var (product, dear) = await souk.Sells(fair, 2000);
        var cheapest = (await cheap.Ask("POST", $"/products/{product}/offers", new { price = new { amount = 1500, currency = "EUR" }, stock = 5 })).Must(201).Id();
        var without = (await empty.Ask("POST", $"/products/{product}/offers", new { price = new { amount = 1000, currency = "EUR" } })).Must(201).Id();
        await Eventually(async () => Assert.Equal(1, await souk.Value<long>("select count(*) from carts.availability where offer_id = $1 and available > 0", cheapest)));
        await Eventually(async () => Assert.Equal(1, await souk.Value<long>("select count(*) from carts.offers where id = $1", without)));
        using var http = souk.Client();

        var cart = (await http.Ask("POST", "/cart", new { lines = new[] { new { product_id = product, quantity = 1 } } })).Must(200);

        Assert.Equal([(cheapest, 1)], cart.Lines());
        Assert.NotEqual(dear, cheapest);
    }

    [Fact]
    public async Task A_product_of_several_variants_asks_which()
    {
        var seller = await souk.Seller();
        var made = await Eventually(async () =>
        {
            var answer = await seller.Ask("POST", "/products", new
            {
                name = $"Shirt {Guid.CreateVersion7():N}", options = new[] { "size" },
                variants = new object[]
                {
                    new { options = new { size = "S" }, price = new { amount = 1500, currency = "EUR" }, stock = 3 },
                    new { options = new { size = "L" }, price = new { amount = 1700, currency = "EUR" }, stock = 3 },
                },
            });
            return answer.Status == 201 ? answer : null;
        });
        using var http = souk.Client();

        await Eventually(async () =>
        {
            var refusal = (await http.Ask("POST", "/cart", new { lines = new[] { new { product_id = made.Json.Id(), quantity = 1 } } })).Refused(422, "offer_required");
            Assert.Equal([1500, 1700], refusal.GetProperty("choices").EnumerateArray().Select(choice => choice.Minor("price")));
        });
    }

    [Fact]
    public async Task Signing_in_brings_the_guests_cart_along()
    {
        var seller = await souk.Seller();
        var ((_, lamp), (_, rug)) = (await souk.Sells(seller, 1999), await souk.Sells(seller, 500));
        var (guest, cart) = await souk.Guest((lamp, 2), (rug, 1));
        var buyer = await souk.Buyer();
        await buyer.Puts((lamp, 1));
        buyer.DefaultRequestHeaders.Add("X-Cart-Token", cart.Text("cart_token"));

        Assert.Equal([(lamp, 3), (rug, 1)], (await buyer.Ask("GET", "/cart")).Must(200).Lines());
        var merged = (await buyer.Ask("PUT", "/cart", new { contact = Shop.Contact() })).Must(200);
        Assert.Equal([(lamp, 3), (rug, 1)], merged.Lines());
        Assert.Null(merged.GetProperty("cart_token").GetString());

        // Merged once, however often the old token comes along.
        Assert.Equal([(lamp, 3), (rug, 2)], (await buyer.Puts((rug, 1))).Lines());
        Assert.Empty((await guest.Ask("GET", "/cart")).Must(200).Lines());
    }

    [Fact]
    public async Task The_seeds_routes_do_the_same()
    {
        var (product, lamp) = await souk.Sells(await souk.Seller(), 1999);
        using var http = souk.Client();

        var added = (await http.Ask("POST", "/cart/add", new { product_id = product, quantity = 2 })).Must(200);
        http.DefaultRequestHeaders.Add("X-Cart-Token", added.Text("cart_token"));
        Assert.Equal([(lamp, 3)], (await http.Ask("POST", "/cart/add", new { items = new[] { new { product_id = product, quantity = 1 } } })).Must(200).Lines());
        Assert.Equal([(lamp, 5)], (await http.Ask("PUT", "/cart/update", new { product_id = product, quantity = 5 })).Must(200).Lines());
        Assert.Equal([(lamp, 6)], (await http.Ask("PUT", "/cart/update", new { line_id = lamp, quantity = 6 })).Must(200).Lines());
        Assert.Empty((await http.Ask("DELETE", $"/cart/remove?product_id={product}")).Must(200).Lines());
        (await http.Ask("DELETE", $"/cart/remove?line_id={lamp}")).Refused(404, "not_found");
        (await http.Ask("POST", "/cart/add", new { quantity = 2 })).Refused(422, "offer_required");
    }

    [Fact]
    public async Task A_contact_that_cannot_be_delivered_to_is_refused_with_all_that_is_wrong()
    {
        using var http = souk.Client();

        var refusal = (await http.Ask("PUT", "/cart", new
        {
            contact = new
            {
                name = "Ada", email = "ada@example.com", shipping = new { line1 = "Street 1", city = "Berlin", country = "XX" },
                billing = new { line1 = "Street 1", city = "Berlin", country = "de" },
            },
        })).Refused(422, "invalid_contact");

        Assert.Equal(
            ["/contact/billing/country", "/contact/shipping/country"],
            refusal.GetProperty("errors").EnumerateArray().Select(error => error.Text("pointer")).Order(StringComparer.Ordinal));
        (await http.Ask("PUT", "/cart", new
        {
            contact = new { name = "Ada\u202Ecalevol", email = "ada@example.com", shipping = new { line1 = "Street\n1", city = " ", country = "DE" } },
        })).Must(422);
        var nobody = new { name = "Ada", email = "nobody", shipping = new { line1 = "Street 1", city = "Berlin", country = "DE" } };
        Assert.Equal("/contact/email", (await http.Ask("PUT", "/cart", new { contact = nobody })).Must(422)
            .GetProperty("errors")[0].Text("pointer"));
    }
}
