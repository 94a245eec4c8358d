using System.Net.Http.Json;
using System.Text.Json;
using Souk.Contracts.Inventory;
using Souk.Notifications;
using Souk.Notifications.Events;
using Souk.Notifications.Jobs;
using Souk.Platform.Jobs;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Mails about stock, from the event to the mailbox.</summary>
public class StockMailTests(NotificationsAlone souk)
{
    [Fact]
    public async Task A_seller_hears_that_an_offer_runs_low()
    {
        var (company, email) = souk.Person("Sela Shop");

        await souk.Run((_, queue) => new OnStockRanLow(
            queue).Handle([new(Guid.CreateVersion7(), company, "LAMP-RED", "Lamp <red>", 4, 5)], Ct));

        var mail = (await souk.Mails(email, 1))[0];
        Assert.Equal("Lamp <red> runs low: 4 left", mail.GetProperty("subject").GetString());
        Assert.Contains("LAMP-RED", mail.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("Lamp &lt;red&gt;", mail.GetProperty("html").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_for_an_offer_gets_one_mail_when_it_is_back_and_its_link_ends_the_rest()
    {
        var (lamp, rug) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var address = $"guest.{lamp:N}@example.com";
        var guest = souk.Guest();
        // Whether there is such an offer, and whether somebody waits already, the answer does not tell.
        var answers = new List<string>();
        foreach (var (offer, email) in new[] { (lamp, address), (lamp, address.ToUpperInvariant()), (rug, address),
            (Guid.CreateVersion7(), address) })
            answers.Add((await Watch(guest, new { offer_id = offer, email }, 202)).GetRawText());
        Assert.Single(answers.Distinct());

        await Restocked(lamp);
        await Restocked(lamp);
        var mail = Assert.Single(await souk.Mails(address, 1));
        Assert.Equal("Lamp / red is back", mail.GetProperty("subject").GetString());
        var link = mail.GetProperty("text").GetString()!.Split(
            '\n').Single(line => line.Contains("/back-in-stock/end/", StringComparison.Ordinal));
        var path = new Uri(link).AbsolutePath;

        Assert.Equal(200, (int)(await guest.GetAsync(path, Ct)).StatusCode);
        Assert.Equal(2, await Open(address));
        Assert.Equal(404, (int)(await guest.PostAsync(path[..^2] + "xx", null, Ct)).StatusCode);
        using var button = new FormUrlEncodedContent([]);
        Assert.Equal(200, (int)(await guest.PostAsync(path, button, Ct)).StatusCode);
        Assert.Equal(0, await Open(address));
        await Restocked(rug);
        Assert.Single(await souk.Mails(address, 1));
    }

    [Fact]
    public async Task An_account_sees_and_ends_what_it_waits_for_and_nobody_elses()
    {
        var (buyer, stranger) = (souk.Staff(), souk.Staff());
        var (lamp, rug) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Watch(buyer, new { offer_id = lamp }, 202);
        await Watch(buyer, new { offer_id = rug }, 202);
        await Watch(buyer, new { offer_id = rug }, 202);

        Assert.Equal([rug, lamp], await Waiting(buyer));
        Assert.Empty(await Waiting(stranger));
        Assert.Equal(404, (int)(await stranger.DeleteAsync($"/notifications/back-in-stock/{lamp}", Ct)).StatusCode);
        Assert.Equal(204, (int)(await buyer.DeleteAsync($"/notifications/back-in-stock/{lamp}", Ct)).StatusCode);
        Assert.Equal([rug], await Waiting(buyer));
    }

    [Fact]
    public async Task Bad_requests_are_explained_and_nothing_is_kept()
    {
        var guest = souk.Guest();

        Assert.Equal("email_required", (
            await Watch(guest, new { offer_id = Guid.CreateVersion7() }, 422)).GetProperty("code").GetString());
        await Watch(guest, new { offer_id = Guid.CreateVersion7(), email = "nobody" }, 422);
        await Watch(guest, new { email = "a@example.com" }, 400);
        await Watch(guest, new { offer_id = "lamp", email = "a@example.com" }, 400);
        Assert.Equal(401, (int)(await guest.GetAsync("/notifications/back-in-stock", Ct)).StatusCode);
        Assert.Equal(0, await Open("a@example.com"));
    }

    [Fact]
    public async Task Who_waited_is_forgotten_in_time()
    {
        var address = $"old{Guid.CreateVersion7():N}@example.com";
        foreach (var (created, told) in new[] { ("200", null), ("20", null), ("50", "40"), ("50", "20") })
            await souk.Query("""
                insert into notifications.stock_watches (id, offer_id, address, created_at, told_at)
                values (gen_random_uuid(), gen_random_uuid(), $1, now() - $2::interval, now() - $3::interval)
                """, _ => 0, address, created + " days", told is null ? DBNull.Value : told + " days");

        await souk.Run((db, _) => new ForgetStockWatches(db).Run(Ct));

        Assert.Equal(2, (
            await souk.Query("select 1 from notifications.stock_watches where address = $1", _ => 1, address)).Count);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<JsonElement> Watch(HttpClient client, object body, int status)
    {
        using var answer = await client.PostAsJsonAsync("/notifications/back-in-stock", body, Ct);
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<List<Guid>> Waiting(HttpClient client) =>
        [.. (await client.GetFromJsonAsync<JsonElement>("/notifications/back-in-stock", Ct)).GetProperty(
            "data").EnumerateArray()
            .Select(watch => watch.GetProperty("offer_id").GetGuid())];

    private async Task<int> Open(string address) => (await souk.Query(
        "select 1 from notifications.stock_watches where lower(address) = lower($1) and told_at is null", _ => 1,
        address)).Count;

    private Task Restocked(Guid offer) => souk.Run((db, _) => new OnOfferRestocked(
            db, souk.App.Services.GetRequiredService<StockWatchLinks>(),
            souk.App.Services.GetRequiredService<Wakes<SendMails>>())
        .Handle([new OfferRestocked(offer, Guid.CreateVersion7(), "Lamp / red")], Ct));
}
