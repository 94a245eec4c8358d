using Souk.IntegrationTests.Carts;
using Souk.IntegrationTests.Identity;

namespace Souk.IntegrationTests.Drafts;

/// <summary>E-mail and notifications.</summary>
internal static class NotificationRows
{
    public static Dictionary<string, Func<DraftMarket, Task>> All { get; } = new()
    {
        ["POST /email/send"] = market => Sends(market, "/email/send"),
        ["POST /email/template"] = WritesATemplate,
        ["POST /emails"] = market => Sends(market, "/emails"),
        ["GET /emails"] = market => Sends(market, "/emails"),
        ["POST /notification/send"] = market => Notifies(
            market, "/notification/send", buyer => new { user_id = buyer, message = "Your lamp is mended." }),
        ["POST /notification/subscribe"] = market => Chooses(market, "/notification/subscribe", wanted: true),
        ["POST /notification/unsubscribe"] = market => Chooses(market, "/notification/unsubscribe", wanted: false),
        ["GET /notifications"] = HearsOfAnOrder,
        ["POST /notifications"] = market => Notifies(
            market, "/notifications", buyer => new { account_id = buyer, message = "Your lamp is here." }),
    };

    private static async Task Sends(DraftMarket market, string path)
    {
        var (staff, recipient) = (await market.Staff(), Calls.NewEmail());

        var mail = new { recipient, subject = "Your question", body = "Yes, it is of oak." };
        (await staff.Ask("POST", path, mail)).Must(202);

        await Eventually(async () =>
        {
            var listed = (await staff.Ask("GET", $"/emails?recipient={recipient}")).Must(200).GetProperty("data");
            var sent = Assert.Single(listed.EnumerateArray());
            Assert.Equal(("sent", "Your question"), (sent.Text("status"), sent.Text("subject")));
        });
        Assert.Equal(["Your question"], await staff.Mails(recipient));
    }

    private static async Task WritesATemplate(DraftMarket market)
    {
        var (staff, name) = (await market.Staff(), $"t{Guid.CreateVersion7():N}");

        foreach (var subject in new[] { "Hello {{name}}", "Hello again" })
            (await staff.Ask("POST", "/email/template", new { name, subject, text = "Good day." })).Must(200);

        var newest = (await staff.Ask("GET", $"/email-templates/{name}")).Must(200);
        Assert.Equal((2, "Hello again"), (newest.GetProperty("version").GetInt32(), newest.Text("subject")));
    }

    private static async Task Notifies(DraftMarket market, string path, Func<Guid, object> body)
    {
        var (staff, buyer) = (await market.Staff(), await market.Buyer());

        var sent = (await staff.Ask("POST", path, body(buyer.AccountId))).Must(201);

        var shown = (await buyer.Ask("GET", $"/notifications/{sent.Id()}")).Must(200);
        Assert.StartsWith("Your lamp is", shown.Text("message"), StringComparison.Ordinal);
        Assert.Equal("unread", shown.Text("status"));
        (await buyer.Ask("POST", path, body(staff.AccountId))).Must(403);
    }

    private static async Task Chooses(DraftMarket market, string path, bool wanted)
    {
        var buyer = await market.Buyer();

        (await buyer.Ask("POST", path, new { kind = "news" })).Must(200);

        var chosen = (await buyer.Ask("GET", "/notifications/preferences")).Must(200).GetProperty("preferences");
        var news = chosen.EnumerateArray().Single(one => one.Text("kind") == "news");
        Assert.Equal(wanted, news.GetProperty("email").GetBoolean());
    }

    private static async Task HearsOfAnOrder(DraftMarket market)
    {
        var (buyer, order) = (await market.Buyer(), await market.Order());

        await Eventually(async () =>
        {
            var listed = (await buyer.Ask("GET", "/notifications?kind=orders&limit=100")).Must(200).GetProperty("data");
            Assert.Contains(order, listed.EnumerateArray().Select(one => one.Id("order_id")));
        });
    }
}
