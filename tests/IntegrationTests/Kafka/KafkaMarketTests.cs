using System.Net;
using Souk.Host;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Kafka;

/// <summary>The whole marketplace with Kafka between its services: nothing but the configuration says so.</summary>
[Collection("kafka")]
public sealed class KafkaMarketTests(KafkaBroker broker)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trade_goes_on_through_the_death_of_the_broker_and_what_was_accepted_is_finished_afterwards()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner, await Settings());
        await souk.Start();
        var street = new Street(souk.Client);
        var stall = await street.Seller();
        var lamp = await stall.Sells(1999, 10);
        await street.OnSale(lamp);
        using var buyer = await street.Buyer();
        // The groups of the services may still be forming; who buys meanwhile is told 202, and gets it.
        using var bought = await buyer.Order(Guid.CreateVersion7().ToString(), [(lamp, 2)], Ct, ("card", "tok_success"));
        await Confirmed(buyer, bought);

        // What Carts keeps of offers is told again by Catalog and Inventory, through Kafka.
        await database.Rows("delete from carts.offers", _ => 0);
        var (exit, said) = await souk.Command("rebuild", "--service", "carts");
        Assert.True(exit == 0, said);
        await Eventually(async () => Assert.Equal(
            lamp, Assert.Single(await database.Rows("select id from carts.offers", row => row.GetGuid(0)))));

        await broker.Kill();
        var key = Guid.CreateVersion7().ToString();
        using var answer = await buyer.Order(key, [(lamp, 1)], Ct, ("card", "tok_success"));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await Eventually(async () => Assert.Contains("Kafka", await Health(street), StringComparison.Ordinal));
        // Who starts now starts without it.
        await souk.Kill();
        await souk.Start();
        Assert.Equal(2, (await buyer.Send("/cart", new { lines = new[] { new { offer_id = lamp, quantity = 2 } } }))
            .GetProperty("lines")[0].GetProperty("quantity").GetInt32());

        await broker.Start();
        await Confirmed(buyer, answer);
        await Eventually(async () => Assert.DoesNotContain("Kafka", await Health(street), StringComparison.Ordinal));
        (exit, said) = await souk.Command("verify");
        Assert.True(exit == 0, said);
        var metrics = await street.Guest().GetStringAsync("/metrics", Ct);
        Assert.Contains("souk_consumer_lag{", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_property_that_librdkafka_does_not_know_is_told_and_nothing_starts()
    {
        var settings = SoukServer.Settings("Host=127.0.0.1;Database=none", SoukServer.FreePort());
        foreach (var (key, value) in await Settings())
            settings[key] = value;
        settings["Kafka:Client:no.such.thing"] = "1";

        var wrong = Assert.Throws<ConfigurationException>(() => Marketplace.Build(Marketplace.Prepare(settings)));

        Assert.Contains("no.such.thing", Assert.Single(wrong.Problems), StringComparison.Ordinal);
    }

    private static Task Confirmed(HttpClient buyer, HttpResponseMessage answer) => Eventually(async () => Assert.Equal(
        "confirmed", (await buyer.Read(answer.Headers.Location!.ToString())).Text("status")));

    private static async Task<string> Health(Street street)
    {
        using var answer = await street.Guest().GetAsync("/health/ready", Ct);
        return (await Answers.Body(answer, HttpStatusCode.OK)).GetProperty("problems").ToString();
    }

    private async Task<Dictionary<string, string?>> Settings()
    {
        var settings = new Dictionary<string, string?>(Street.Settings) { ["Souk:Http:AnswerWait"] = "00:00:05" };
        foreach (var (key, value) in await broker.Settings())
            settings[key] = value;
        return settings;
    }
}
