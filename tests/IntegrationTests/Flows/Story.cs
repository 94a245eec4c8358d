using System.Net;

namespace Souk.IntegrationTests.Flows;

/// <summary>
/// How an order comes to a boundary of the saga. What is done may be done again: so goes on who never got an answer.
/// </summary>
/// <param name="Name">What it is about.</param>
/// <param name="Do">Leads to the boundary; the answer, where there is a request.</param>
/// <param name="Ends">The state that the order ends in, or the code by which it is refused.</param>
internal sealed record Story(string Name, Func<Sale, Task<HttpResponseMessage?>> Do, string Ends = "confirmed")
{
    /// <summary>How it may end as well, where two sides race.</summary>
    public string? Or { get; init; }

    /// <summary>What has to be before, with nothing in its way.</summary>
    public Func<Sale, Task> Before { get; init; } = _ => Task.CompletedTask;

    public static readonly Story Buy = new("buy", sale => sale.Buys("card", "tok_success"));
    public static readonly Story Declined = new(
        "declined", sale => sale.Buys("card", "tok_declined"), "payment_declined");

    public static readonly Story NoStock = new(
        "no stock", sale => sale.Buys("card", "tok_success", sale.Scene.Rare, 2), "out_of_stock");

    public static readonly Story Redirect = new("redirect", sale => sale.Buys("card", "tok_3ds"));
    public static readonly Story Slip = new("bank slip", sale => sale.Buys("bank_slip", null));

    public static readonly Story CaptureFails = new(
        "capture fails", sale => sale.Buys("card", "tok_capture_fails"), "cancelled");

    public static readonly Story Voucher = new("voucher and card", sale => sale.BuysWith(
        new { method = "voucher", token = "voucher_10", amount = new { amount = 400, currency = "EUR" } },
        new { method = "card", token = "tok_success" }));

    public static readonly Story Cart = new("cart and coupon", sale => sale.ChecksOut("tok_success"))
    {
        Before = sale => sale.FillsCart(),
    };

    public static readonly Story CartDeclined = new(
        "cart, declined", sale => sale.ChecksOut("tok_declined"), "payment_declined")
    {
        Before = sale => sale.FillsCart(),
    };

    public static readonly Story AgreeToRedirect = new("redirect, agreed", sale => sale.Pays())
    {
        Before = sale => sale.Waits("card", "tok_3ds"),
    };

    public static readonly Story PaySlip = new("bank slip, paid", sale => sale.Pays())
    {
        Before = sale => sale.Waits("bank_slip", null),
    };

    public static readonly Story LetGo = new("unpaid, cancelled", sale => sale.Cancels(), "cancelled")
    {
        Before = sale => sale.Waits("card", "tok_3ds"),
    };

    public static readonly Story Expire = new(
        "reservation runs out",
        sale => sale.Time("update inventory.holds set expires_at = now() where order_id = $1"),
        "cancelled")
    {
        Before = sale => sale.Waits("card", "tok_3ds"),
    };

    public static readonly Story Unpaid = new(
        "deadline, unpaid",
        sale => sale.Time("update orders.orders set deadline = now() where id = $1 and status = 'awaiting_payment'"),
        "cancelled")
    {
        Before = sale => sale.Waits("card", "tok_3ds"),
    };

    public static readonly Story Uncaptured = new(
        "deadline, uncaptured",
        sale => sale.Time("update orders.orders set deadline = now() where id = $1 and status = 'capture_failed'"),
        "cancelled")
    {
        Before = sale => sale.IsNotCaptured(),
    };

    public static readonly Story Stuck = new(
        "deadline, pending",
        sale => sale.Time("update orders.orders set deadline = now(), overdue = 1 where id = $1 and status = 'pending'"),
        "timed_out")
    {
        Or = "confirmed",
        Before = sale => sale.IsStuck(),
    };

    public static readonly Story Cancel = new("cancel", sale => sale.Cancels(), "cancelled")
    {
        Before = sale => sale.Bought(),
    };

    public static readonly Story CancelPart = new("cancel a part", sale => sale.Moves(sale.Scene.Other, "cancelled"))
    {
        Before = sale => sale.Bought(sale.Scene.Lamp, sale.Scene.Rug),
    };

    public static readonly Story Lower = new("lower a line", sale => sale.Edits(1))
    {
        Before = sale => sale.BoughtSignedIn(sale.Scene.Lamp, sale.Scene.Lamp),
    };

    public static readonly Story Add = new("add to a line", sale => sale.Edits(2))
    {
        Before = sale => sale.BoughtSignedIn(),
    };

    public static readonly Story PayAddition = new("pay what is added", sale => sale.PaysAddition())
    {
        Before = async sale =>
        {
            await sale.BoughtSignedIn();
            await sale.Note(await sale.Edits(2));
            await Eventually(async () => Assert.Equal(1, await sale.Scene.Count(
                "select count(*) from payments.order_money where order_id = $1 and waiting_until is not null",
                sale.Addition!.Value)));
        },
    };

    public static readonly Story Ship = new("ship", sale => sale.Moves(sale.Scene.Stall, "shipped"), "shipped")
    {
        Before = sale => sale.Bought(),
    };

    public static readonly Story Deliver = new(
        "deliver", sale => sale.Moves(sale.Scene.Stall, "delivered"), "delivered")
    {
        Before = sale => sale.Shipped(),
    };

    public static readonly Story Return = new("return", sale => sale.Receives(), "returned")
    {
        Before = sale => sale.SendsBack(),
    };

    public static readonly Story ReturnRefunded = new("return, refunded before", sale => sale.Receives(), "returned")
    {
        Before = async sale =>
        {
            await sale.SendsBack();
            await sale.RefundsAll();
        },
    };
}

/// <summary>A marketplace that dies again and again, and who trades there.</summary>
internal sealed record Scene(
    SoukProcess Souk, TestDatabase Database, Street Street, Stall Stall, Stall Other, Guid Lamp, Guid Rug, Guid Rare,
    Guid Held)
{
    public const string Coupon = "CRASH";

    public async Task<long> Count(string sql, params object[] args) =>
        (await Database.Rows(sql, row => row.GetInt64(0), args)).Single();

    /// <summary>A marketplace with what the stories need.</summary>
    public static async Task<Scene> Open(SoukProcess souk, TestDatabase database)
    {
        var street = new Street(souk.Client);
        var (stall, other) = (await street.Seller(), await street.Seller());
        var (lamp, rare) = (await stall.Sells(1000, 10_000), await stall.Sells(1000, 1));
        var held = await stall.Sells(1000, 100);
        var rug = await other.Sells(3000, 10_000);
        await street.OnSale(lamp, rare, held, rug);
        // Carts believes that there are more than there are: the reservation has to refuse.
        await database.Rows(
            "update carts.availability set available = 1000, version = 1000000 where offer_id = $1", row => 0, rare);
        await stall.Http.Send(
            "/promotions", new { name = "Half of it", percent = 50, code = Coupon, uses_max = 1000 },
            HttpStatusCode.Created);
        return new Scene(souk, database, street, stall, other, lamp, rug, rare, held);
    }
}
