using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace Souk.IntegrationTests.Flows;

/// <summary>One order of a story, and the process that dies under it.</summary>
internal sealed class Sale(Scene scene, Story story, string[] spots, bool done) : IAsyncDisposable
{
    private readonly HttpClient buyer = scene.Souk.Client();
    private readonly HttpClient holder = scene.Souk.Client();
    private JsonElement? order;
    private object? cart;
    private string key = Guid.CreateVersion7().ToString();
    private Guid? returned;
    private Guid? stuck;
    private NpgsqlConnection? holdsStock;
    private Task? asks;

    public Scene Scene => scene;

    public Story Story => story;

    public string[] Spots => spots;

    public bool Done => done;

    /// <summary>How it ended.</summary>
    public string? Ended { get; private set; }

    /// <summary>The order of what was added to the first.</summary>
    public Guid? Addition { get; private set; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Guid OrderId => order?.Id() ?? stuck!.Value;

    /// <summary>What the story does, as often as it takes until it was asked of a process that lives, or the process dies.</summary>
    public async Task Begin()
    {
        try
        {
            while (await story.Do(this) is { StatusCode: >= HttpStatusCode.InternalServerError })
                await Task.Delay(100, Ct);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Its server was killed: that is the point.
        }
    }

    /// <summary>The process is dead: nobody stands in the way any more.</summary>
    public async Task LetGo()
    {
        if (holdsStock is not null)
            await holdsStock.DisposeAsync();
        if (asks is not null)
            await asks.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        holdsStock = null;
    }

    /// <summary>Goes on as somebody does who got no answer: asks again, with the same key, until it has ended.</summary>
    public Task End(TimeSpan limit) => Eventually(
        async () =>
        {
            string? code = null;
            if (await story.Do(this) is { } answer)
            {
                Assert.True(
                    answer.StatusCode < HttpStatusCode.InternalServerError, $"{story.Name}: {answer.StatusCode}");
                code = await Note(answer);
            }
            Ended = order is null ? code : (await holder.Read($"/orders/{OrderId}")).Text("status");
            if (Ended == "awaiting_payment" && story.Ends == "confirmed")
                await Pays();
            Assert.Contains(Ended, new[] { story.Ends, story.Or ?? story.Ends });
            if (story == Story.Add || story == Story.PayAddition)
                await EndAddition();
        },
        limit);

    /// <summary>Keeps what was answered; its code when it is a refusal.</summary>
    public async Task<string?> Note(HttpResponseMessage? answer)
    {
        if (answer is null || answer.Content.Headers.ContentLength == 0)
            return null;
        var body = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Ct));
        if (body.TryGetProperty("code", out var code))
            return code.GetString();
        if (order is null && body.TryGetProperty("parts", out _))
        {
            order = body;
            if (body.TryGetProperty("order_token", out var token) && token.ValueKind == JsonValueKind.String)
                holder.Holding(body);
        }
        if (body.TryGetProperty("additions", out var added) && added.ValueKind == JsonValueKind.Array)
            Addition = added.EnumerateArray().Select(addition => addition.Id()).Cast<Guid?>().SingleOrDefault();
        return null;
    }

    public Task<HttpResponseMessage?> Buys(string method, string? token) => Buys(method, token, scene.Lamp, 1);

    public async Task<HttpResponseMessage?> Buys(string method, string? token, Guid offer, int quantity) =>
        await buyer.Order(key, [(offer, quantity)], Ct, (method, token));

    public Task<HttpResponseMessage?> BuysWith(params object[] payments) => Post(buyer, "/orders", new
    {
        lines = new[] { new { offer_id = scene.Lamp, quantity = 1 } }, contact = Shopping.Contact, payments,
    });

    public async Task FillsCart()
    {
        var added = await buyer.Send("/cart", new { lines = new[] { new { offer_id = scene.Lamp, quantity = 1 } } });
        buyer.DefaultRequestHeaders.Add("X-Cart-Token", added.Text("cart_token"));
        await Eventually(async () =>
        {
            using var set = await buyer.PutAsJsonAsync(
                "/cart", new { contact = Shopping.Contact, coupons = new[] { Scene.Coupon } }, Ct);
            await Answers.Body(set, HttpStatusCode.OK);
            var shown = await buyer.Read("/cart");
            Assert.Equal(500, shown.Minor("discount"));
            cart = shown.Text("quote");
        });
    }

    public Task<HttpResponseMessage?> ChecksOut(string token) =>
        Post(buyer, "/cart/checkout", new { quote = cart, payments = new[] { new { method = "card", token } } });

    /// <summary>Has bought, and everything about it is done; the same offer twice is two pieces of it.</summary>
    public async Task Bought(params Guid[] offers)
    {
        var lines = (offers is [] ? [scene.Lamp] : offers).GroupBy(offer => offer)
            .Select(line => (line.Key, line.Count())).ToArray();
        using var answer = await buyer.Order(key, lines, Ct, ("card", "tok_success"));
        await Answers.Body(answer, HttpStatusCode.Created);
        await Note(answer);
        key = Guid.CreateVersion7().ToString();
        await Eventually(async () => Assert.Equal(1, await scene.Count("""
            select count(*) from orders.orders o
             where id = $1 and captured_at is not null
               and not exists (select 1 from inventory.holds h where h.order_id = o.id)
            """, OrderId)));
    }

    /// <summary>Has an order that waits for its payment.</summary>
    public async Task Waits(string method, string? token)
    {
        using var answer = await Buys(method, token);
        await Answers.Body(answer!, HttpStatusCode.Accepted);
        await Note(answer);
        // The reservation has heard how long it is to live.
        await Eventually(async () => Assert.Equal(1, await scene.Count("""
            select count(*) from inventory.holds h join orders.orders o on o.id = h.order_id
             where o.id = $1 and h.expires_at > o.deadline
            """, OrderId)));
    }

    /// <summary>Has an order whose payment was refused for now, and the gateway is not asked again by itself.</summary>
    public async Task IsNotCaptured()
    {
        await Note(await Buys("card", "tok_capture_fails_once"));
        await Eventually(async () =>
            Assert.Equal("capture_failed", (await holder.Read($"/orders/{OrderId}")).Text("status")));
        await scene.Database.Rows(
            "update payments.operations set next_at = now() + interval '1 hour' where order_id = $1", row => 0, OrderId);
    }

    /// <summary>Has an order whose stock nobody gets at.</summary>
    public async Task IsStuck()
    {
        holdsStock = new NpgsqlConnection(scene.Database.Owner);
        await holdsStock.OpenAsync(Ct);
        await using var hold = new NpgsqlCommand(
            $"begin; select 1 from inventory.stock where offer_id = '{scene.Held}' for update", holdsStock);
        await hold.ExecuteNonQueryAsync(Ct);
        asks = buyer.Order(key, [(scene.Held, 1)], Ct, ("card", "tok_success"));
        await Eventually(async () => stuck = (await scene.Database.Rows("""
            select o.id from orders.orders o join orders.order_lines l on l.order_id = o.id
             where l.offer_id = $1 and o.status = 'pending'
            """, row => row.GetGuid(0), scene.Held)).Single());
    }

    /// <summary>Lets the time of the order pass.</summary>
    public async Task<HttpResponseMessage?> Time(string sql)
    {
        await scene.Database.Rows(sql, row => 0, OrderId);
        return holdsStock is null && stuck is not null ? await Buys("card", "tok_success", scene.Held, 1) : null;
    }

    public async Task<HttpResponseMessage?> Pays()
    {
        var page = order!.Value.GetProperty("action").Text("url")!;
        return await buyer.PostAsync($"/gateway-simulator/charges/{page[(page.LastIndexOf('/') + 1)..]}/pay", null, Ct);
    }

    public async Task<HttpResponseMessage?> Cancels() => await holder.DeleteAsync($"/orders/{OrderId}", Ct);

    public async Task<HttpResponseMessage?> Moves(Stall stall, string status) =>
        await stall.Http.PostAsJsonAsync(
            $"/orders/{OrderId}/status", new { status, carrier = "DHL", tracking_number = "JD0142" },
            Ct);

    public async Task<HttpResponseMessage?> Edits(int quantity) => await holder.PutAsJsonAsync(
        $"/orders/{OrderId}", new { lines = new[] { new { line_id = LineId, quantity } } }, Ct);

    // Refused answers are stored with their key, too: another try is another request.
    public async Task<HttpResponseMessage?> PaysAddition()
    {
        var answer = await Post(holder, "/payments", new { order_id = Addition, method = "card", token = "tok_success" });
        key = answer!.IsSuccessStatusCode ? key : Guid.CreateVersion7().ToString();
        return answer;
    }

    /// <summary>Has bought by an account: what is added to an order nobody else may pay.</summary>
    public async Task BoughtSignedIn(params Guid[] offers)
    {
        using var account = await scene.Street.Buyer();
        foreach (var http in new[] { buyer, holder })
            http.DefaultRequestHeaders.Authorization = account.DefaultRequestHeaders.Authorization;
        await Bought(offers);
    }

    public async Task Shipped()
    {
        await Bought();
        await Moved("shipped");
    }

    /// <summary>Has it, and sends it back; the seller agrees.</summary>
    public async Task SendsBack()
    {
        await Shipped();
        await Moved("delivered");
        var wish = await holder.Send(
            "/returns",
            new { order_id = OrderId, reason = "damaged", lines = new[] { new { line_id = LineId, quantity = 1 } } },
            HttpStatusCode.Created);
        returned = wish.Id();
        await scene.Stall.Http.Send($"/returns/{returned}/approve", new { refund_delivery = true });
    }

    public async Task RefundsAll()
    {
        using var answer = await Post(
            scene.Stall.Http, "/refunds", new { order_id = OrderId, company_id = scene.Stall.CompanyId, reason = "late" });
        await Answers.Body(answer!, HttpStatusCode.Created);
        await Eventually(async () => Assert.Equal(1000, (await holder.Read($"/orders/{OrderId}")).Minor("refunded")));
    }

    public async Task<HttpResponseMessage?> Receives() => await scene.Stall.Http.PostAsJsonAsync(
        $"/returns/{returned}/receive", new { lines = new[] { new { line_id = LineId, quantity = 1, condition = "new" } } },
        Ct);

    public async ValueTask DisposeAsync()
    {
        await LetGo();
        buyer.Dispose();
        holder.Dispose();
    }

    private Guid LineId => order!.Value.GetProperty("parts")[0].GetProperty("lines")[0].Id();

    private async Task Moved(string status) =>
        await Answers.Body((await Moves(scene.Stall, status))!, HttpStatusCode.OK);

    private async Task EndAddition()
    {
        var additions = (await holder.Read($"/orders/{OrderId}")).GetProperty("additions");
        Addition = Assert.Single(additions.EnumerateArray()).Id();
        if (await Standing() == "awaiting_payment")
            await PaysAddition();
        Assert.Equal("confirmed", await Standing());

        async Task<string?> Standing() => (await holder.Read($"/orders/{Addition}")).Text("status");
    }

    private async Task<HttpResponseMessage?> Post(HttpClient http, string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        return await http.SendAsync(request, Ct);
    }
}
