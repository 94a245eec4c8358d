using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Souk.Bench.Olist;

/// <summary>
/// Plays the sample through the public API, as its sellers and buyers would: see <c>bench/README.md</c> for what
/// becomes what. Safe to repeat: every creating request carries a key made of the sample's own id.
/// </summary>
internal sealed class OlistPlayer(Api guest, Api? staff, OlistData data, OlistJournal journal, int parallel)
{
    private const string Password = "a long pass phrase of the sample";
    private const string Currency = "BRL";
    private const int MovesMax = 1200; // A minute.
    private static readonly string[] Brazil = ["BR"];
    private static readonly string[] SellerPermissions =
        ["products.manage", "stock.manage", "stock.read", "warehouses.manage", "pricing.manage", "orders.read", "orders.manage"];

    private readonly ConcurrentDictionary<string, string> categories = new();
    private readonly ConcurrentDictionary<string, SemaphoreSlim> offerTurns = new();

    public async Task Play(IReadOnlyList<OlistOrder> orders)
    {
        var lines = orders.SelectMany(order => order.Lines).ToList();
        var stock = lines.GroupBy(line => line.Offer).ToDictionary(same => same.Key, same => same.Sum(line => line.Quantity));
        // The first order of an offer says with which price it begins.
        var first = lines.GroupBy(line => line.Offer).Select(same => same.First()).ToList();
        await AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                await Each(progress, "categories", [.. first.Select(line => data.Products[line.ProductId].Category).Distinct()], Category);
                await Each(progress, "sellers", [.. first.Select(line => line.SellerId).Distinct()], Seller);
                // Offers of one product one after another: the first of them makes the product.
                await Each(progress, "products and offers", [.. first.GroupBy(line => line.ProductId)], async product =>
                {
                    foreach (var line in product)
                        await Offer(line, stock[line.Offer]);
                });
                await Each(progress, "orders", orders, Order);
            });
    }

    private async Task Each<T>(ProgressContext progress, string name, IReadOnlyList<T> all, Func<T, Task> act)
    {
        var task = progress.AddTask($"{name} ({all.Count:#,0})", maxValue: Math.Max(1, all.Count));
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (item, _) =>
        {
            await act(item);
            task.Increment(1);
        });
        task.Value = task.MaxValue;
    }

    // Categories are the marketplace's own; without somebody of its staff the products stand in none.
    private async Task Category(string name)
    {
        if (staff is null)
            return;
        var slug = name.Replace('_', '-');
        var made = await staff.Post("/categories", new { name = name.Replace('_', ' '), slug }, Key("category", name));
        if (made.Ok)
        {
            categories[name] = (string)made.Json!["id"]!;
            return;
        }
        var known = (await guest.Get("/categories?limit=100")).Must();
        for (var page = known; ;)
        {
            var found = page["data"]!.AsArray().FirstOrDefault(category => (string?)category!["slug"] == slug);
            if (found is not null)
            {
                categories[name] = (string)found["id"]!;
                return;
            }
            if ((string?)page["next_cursor"] is not { } cursor)
                made.Must();
            else
                page = (await guest.Get($"/categories?limit=100&cursor={Uri.EscapeDataString(cursor)}")).Must();
        }
    }

    private async Task Seller(string id)
    {
        if (journal.Sellers.ContainsKey(id))
            return;
        var seller = data.Sellers[id];
        var email = $"{id}@olist.example";
        var name = $"Loja {id[..8]}";
        var registered = await guest.Post("/auth/register", new JsonObject
        {
            ["kind"] = "company",
            ["email"] = email,
            ["password"] = Password,
            ["first_name"] = "Vendedor",
            ["last_name"] = id[..8],
            ["company_name"] = name,
            ["shop_name"] = name,
            ["country"] = "BR",
        }, Key("register", id));
        var (company, shop) = ((string)registered.Must()["company_id"]!, (string)registered.Json!["shop_id"]!);
        var token = (string)(await guest.Post("/auth/login", new { email, password = Password })).Must()["access_token"]!;
        var account = guest.As(accessToken: token);
        var key = (string)(await account.Post("/api-keys", new
        {
            company_id = company,
            name = "olist",
            permissions = SellerPermissions,
        }, Key("api-key", id))).Must()["key"]!;
        var owner = guest.As(apiKey: key);
        var warehouse = (string)(await owner.Post("/warehouses", new
        {
            company_id = company,
            name = $"Estoque {id[..8]}",
            address = new { line1 = "Rua 1", city = seller.City, region = seller.State, postcode = seller.Postcode, country = "BR" },
        }, Key("warehouse", id))).Must()["id"]!;
        // Freight comes with each offer as its own delivery fee: the method itself costs nothing.
        (await owner.Post("/delivery-methods", new
        {
            company_id = company,
            name = "Frete",
            countries = Brazil,
        }, Key("delivery", id))).Must();
        journal.Add(new SellerDone(id, company, shop, warehouse, key));
    }

    private async Task Offer(OlistLine line, int stock)
    {
        if (journal.Offers.ContainsKey(line.Offer))
            return;
        var (product, seller) = (data.Products[line.ProductId], journal.Sellers[line.SellerId]);
        var owner = guest.As(apiKey: seller.ApiKey);
        var known = journal.Offers.Values.FirstOrDefault(offer => offer.Offer.StartsWith(line.ProductId, StringComparison.Ordinal));
        string productId, offerId;
        if (known is null)
        {
            var made = (await owner.PostWhenKnown("/products", new
            {
                name = $"{product.Category.Replace('_', ' ')} {product.Id[..8]}",
                company_id = seller.CompanyId,
                shop_id = seller.ShopId,
                category_ids = categories.TryGetValue(product.Category, out var category) ? new[] { category } : [],
                sku = product.Id[..12],
                price = Brl(line.PriceMinor),
                delivery_fee = Brl(line.FreightMinor),
                weight_grams = product.WeightGrams,
                stock,
            }, Key("product", line.Offer))).Must();
            (productId, offerId) = ((string)made["id"]!, Market.OfferOf(made));
        }
        else
        {
            productId = known.ProductId;
            var made = (await owner.PostWhenKnown($"/products/{productId}/offers", new
            {
                company_id = seller.CompanyId,
                shop_id = seller.ShopId,
                sku = product.Id[..12],
                price = Brl(line.PriceMinor),
                delivery_fee = Brl(line.FreightMinor),
                stock,
            }, Key("offer", line.Offer))).Must();
            offerId = (string)made["id"]!;
        }
        journal.Add(new OfferDone(line.Offer, productId, offerId, line.PriceMinor, line.FreightMinor));
    }

    private async Task Order(OlistOrder order)
    {
        if (journal.Orders.ContainsKey(order.Id))
            return;
        // An offer has one price at a time: orders of one offer wait for each other.
        var turns = order.Lines.Select(line => line.Offer).Order(StringComparer.Ordinal).Select(offer => offerTurns.GetOrAdd(offer, _ => new SemaphoreSlim(1, 1))).ToList();
        foreach (var turn in turns)
            await turn.WaitAsync();
        JsonNode placed;
        List<string> notes = [];
        try
        {
            foreach (var line in order.Lines)
                await Reprice(line);
            placed = await Place(order, notes);
        }
        finally
        {
            foreach (var turn in turns)
                turn.Release();
        }
        var (id, token) = ((string)placed["id"]!, (string)placed["order_token"]!);
        await PaySlips(order, id, token);
        await Follow(order, id, token, notes);
        journal.Add(new OrderDone(order.Id, id, token, [.. notes]));
    }

    private async Task Reprice(OlistLine line)
    {
        var offer = journal.Offers[line.Offer];
        if (offer.PriceMinor == line.PriceMinor && offer.FreightMinor == line.FreightMinor)
            return;
        var owner = guest.As(apiKey: journal.Sellers[line.SellerId].ApiKey);
        (await owner.Put($"/offers/{offer.OfferId}", new { price = Brl(line.PriceMinor), delivery_fee = Brl(line.FreightMinor) })).Must();
        journal.Add(offer with { PriceMinor = line.PriceMinor, FreightMinor = line.FreightMinor });
    }

    private async Task<JsonNode> Place(OlistOrder order, List<string> notes)
    {
        var payments = Payments(order, notes);
        var body = new
        {
            lines = order.Lines.Select(line => new { offer_id = journal.Offers[line.Offer].OfferId, quantity = line.Quantity }),
            contact = new
            {
                name = "Cliente",
                email = $"{order.Id[..12]}@olist.example",
                shipping = new { line1 = "Rua 1", city = order.City, region = order.State, postcode = order.Postcode, country = "BR" },
            },
            payments,
        };
        // A new price reaches the carts by an event, moments after its answer: until then the payments do not sum.
        return (await guest.PostWhenKnown("/orders", body, Key("order", order.Id))).Must();
    }

    /// <summary>
    /// The payments of the sample, in their order. Payments of nothing are left out. Where their sum is not the total the
    /// last takes the rest; when those before it pay everything already, it falls away.
    /// </summary>
    internal static List<JsonObject> Payments(OlistOrder order, List<string> notes)
    {
        var real = order.Payments.Where(payment => payment.AmountMinor > 0).ToList();
        if (real.Count < order.Payments.Length)
            notes.Add("zero_payment: a payment of 0.00 was left out");
        var sum = order.Payments.Sum(payment => payment.AmountMinor);
        if (sum != order.TotalMinor)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"payments_differ: payments {sum / 100m:0.00}, items and freight {order.TotalMinor / 100m:0.00}; the last payment takes the rest"));
        var left = order.TotalMinor;
        var payments = new List<JsonObject>();
        for (var n = 0; n < real.Count && left > 0; n++)
        {
            var amount = n == real.Count - 1 ? left : Math.Min(left, real[n].AmountMinor);
            left -= amount;
            payments.Add(new JsonObject
            {
                ["method"] = real[n].Type switch { "boleto" => "bank_slip", "voucher" => "voucher", _ => "card" },
                ["token"] = real[n].Type is "boleto" or "voucher" ? null : "tok_success",
                ["amount"] = new JsonObject { ["amount"] = amount, ["currency"] = Currency },
            });
        }
        return payments;
    }

    private async Task PaySlips(OlistOrder order, string id, string token)
    {
        if (order.Payments.All(payment => payment.Type != "boleto"))
            return;
        var paid = new HashSet<string>();
        for (var attempt = 0; attempt < 400; attempt++)
        {
            var status = (string)(await WhenThere($"/orders/{id}", token))["status"]!;
            if (status is not ("pending" or "awaiting_payment"))
                return;
            var payments = (await WhenThere($"/payments?order_id={id}", token))["data"]!.AsArray();
            // At the bank: the slip's page lies beside the place where it is paid.
            foreach (var slip in payments.Select(payment => payment!["action"]).Where(action => (string?)action?["type"] == "bank_slip"))
                if (paid.Add((string)slip!["url"]!))
                    await guest.Post(new Uri((string)slip["url"]!).AbsolutePath.Replace("/bank_slip/", "/charges/", StringComparison.Ordinal) + "/pay", null);
            await Task.Delay(50);
        }
        throw new InvalidOperationException($"Order {id} still waits for its bank slip.");
    }

    private async Task Follow(OlistOrder order, string id, string token, List<string> notes)
    {
        switch (order.Status)
        {
            case "canceled":
                await Until(() => guest.Send(HttpMethod.Delete, $"/orders/{id}", null, null, token));
                break;
            case "unavailable":
                await BySellers(order, id, new { status = "cancelled", reason = "unavailable" });
                break;
            case "shipped":
                await Ship(order, id);
                break;
            case "delivered":
                await Ship(order, id);
                await BySellers(order, id, new { status = "delivered" });
                break;
            default:
                // approved, invoiced, processing: paid and not shipped yet, which is what confirmed is.
                if (order.Status is not "processing")
                    notes.Add($"status: {order.Status} is confirmed here");
                break;
        }
    }

    private Task Ship(OlistOrder order, string id) =>
        BySellers(order, id, new { status = "shipped", carrier = "Correios", tracking_number = $"BR{order.Id[..10].ToUpperInvariant()}" });

    // Without a key: a refusal is an answer too, and would be given again. Moving to where it stands already changes nothing.
    private async Task BySellers(OlistOrder order, string id, object move)
    {
        foreach (var seller in order.Lines.Select(line => line.SellerId).Distinct())
            await Until(() => guest.As(apiKey: journal.Sellers[seller].ApiKey).Post($"/orders/{id}/status", move));
    }

    // An order that was accepted while Orders or Kafka was away is there when they are again.
    private async Task<JsonNode> WhenThere(string path, string token)
    {
        for (var attempt = 0; ; attempt++)
        {
            var reply = await guest.Get(path, token);
            if (reply.Code is not "not_found" || attempt == MovesMax)
                return reply.Must();
            await Task.Delay(50);
        }
    }

    // Nothing ships before its money is captured; that follows the confirmation by moments, and the order its acceptance.
    private static async Task Until(Func<Task<Reply>> act)
    {
        for (var attempt = 0; ; attempt++)
        {
            var reply = await act();
            if (reply.Ok || attempt == MovesMax || reply.Code is not ("not_captured" or "order_move" or "not_found"))
            {
                if (reply.Code != "order_move" || attempt == MovesMax)
                    reply.Must();
                return;
            }
            if (reply.Code == "order_move" && (string?)reply.Json?["state"] is not ("pending" or "awaiting_payment"))
                return;
            await Task.Delay(50);
        }
    }

    private static string Key(string what, string id) => $"olist-{what}-{id}";

    private static object Brl(long amount) => new { amount, currency = Currency };
}
