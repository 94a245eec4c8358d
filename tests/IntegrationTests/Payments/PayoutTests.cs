using System.Net;
using System.Xml.Linq;
using Npgsql;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Payments;
using Souk.Payments.Jobs;
using Souk.Platform.Db;

namespace Souk.IntegrationTests.Payments;

public sealed class PayoutTests(PaymentsAlone souk, ITestOutputHelper output)
{
    // 2 × 10.00 and 1.00 delivery with 0.19 tax in them; a tenth of the goods net of tax is the commission.
    private const long Worth = 1982 - 198 + 99;
    private const string Iban = "DE89 3704 0044 0532 0130 00";

    [Fact]
    public async Task What_was_delivered_is_approved_put_into_a_file_and_sent()
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        using var staff = souk.Staff();
        await SellsAndDelivers(company, "CHF");
        Assert.Equal("payout_account_missing", (await Request(seller, company, "CHF")).Code);
        var account = await NamesAccount(seller, company);
        Assert.Equal("DE89…3000", account["iban"].GetString());
        await Eventually(async () => Assert.Equal((Worth, Worth, 0), await Balance(seller)));

        var payout = await Request(seller, company, "CHF");
        Assert.Equal((HttpStatusCode.Created, "requested", Worth),
            (payout.Status, payout["status"].GetString(), Minor(payout)));
        Assert.Equal((0, 0, Worth), await Balance(seller));
        var file = new { currency = "CHF" };
        Assert.Equal("no_approved_payouts", (await staff.Post("/payout-files", file)).Code);
        await Moves(staff, payout, "approve", new { });

        var made = await staff.Post("/payout-files", file);
        Assert.Equal((HttpStatusCode.Created, 1, Worth), (made.Status, made["payouts"].GetInt32(), Minor(made)));
        Assert.Equal("no_approved_payouts", (await staff.Post("/payout-files", file)).Code);
        var xml = XDocument.Parse(await staff.GetStringAsync(made.Location!, TestContext.Current.CancellationToken));
        Assert.Equal(["18.83", "18.83"], Texts(xml, "CtrlSum"));
        Assert.Equal(["18.83"], Texts(xml, "InstdAmt"));
        Assert.Equal(["DE89370400440532013000", "DE89370400440532013000"], Texts(xml, "IBAN"));
        Assert.Equal("payout_move", (await staff.Post($"{payout.Location}/cancel", new { reason = "late" })).Code);

        Assert.Equal(HttpStatusCode.OK, (await staff.Post($"{made.Location}/sent", new { })).Status);
        Assert.Equal("sent", (await seller.Get(payout.Location!))["status"].GetString());
        Assert.Equal((0, 0, 0), await Balance(seller));
        Assert.Equal(-Worth, await souk.Balance(payout["id"].GetGuid(), "bank"));
        var item = Assert.Single((await seller.Get($"{payout.Location}/items"))["data"].EnumerateArray());
        Assert.Equal(Worth, item.GetProperty("amount").GetProperty("amount").GetInt64());
        Assert.Equal(3, await souk.Value<long>(
            // The account, asked for, approved; the file is nobody's.
            "select count(*) from payments.audit where company_id = $1", company));
    }

    [Fact]
    public async Task A_refund_after_the_payout_is_paid_off_by_the_next_sale()
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        using var staff = souk.Staff();
        await NamesAccount(seller, company);
        var first = await SellsAndDelivers(company);
        var paid = await PaidOut(staff, seller, company);

        await staff.Post("/refunds", new { order_id = first.OrderId, company_id = company });
        await souk.Heard<PaymentRefunded>(first.OrderId);
        Assert.Equal((-Worth, -Worth, 0), await Balance(seller));
        Assert.Equal("nothing_to_pay_out", (await Request(seller, company)).Code);

        await SellsAndDelivers(company, quantity: 4);
        const long more = 3981 - 398 + 100;
        await Eventually(async () => Assert.Equal((more - Worth, more - Worth, 0), await Balance(seller)));
        var rest = await Request(seller, company);
        Assert.Equal(more - Worth, Minor(rest));
        Assert.NotEqual(paid["id"].GetGuid(), rest["id"].GetGuid());
        Assert.Equal([-Worth, more], (await seller.Get($"{rest.Location}/items"))["data"].EnumerateArray()
            .Select(i => i.GetProperty("amount").GetProperty("amount").GetInt64()));
    }

    [Fact]
    public async Task Fifty_payouts_at_once_are_one()
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        await NamesAccount(seller, company);
        await SellsAndDelivers(company);
        await Eventually(async () => Assert.Equal((Worth, Worth, 0), await Balance(seller)));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Request(seller, company)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(49, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
        Assert.Equal(Worth, await souk.Value<decimal>(
            "select sum(goods_minor + delivery_minor) from payments.payouts where company_id = $1", company));
        output.WriteLine("50 payouts at once: 1 made, 49 refused");
    }

    [Fact]
    public async Task What_the_bank_returns_is_owed_again_and_paid_once()
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        using var staff = souk.Staff();
        await NamesAccount(seller, company);
        await SellsAndDelivers(company);
        var payout = await PaidOut(staff, seller, company);

        await Moves(staff, payout, "fail", new { reason = "account closed" });
        Assert.Equal((Worth, Worth, 0), await Balance(seller));
        Assert.Equal("payout_move", (await staff.Post($"{payout.Location}/fail", new { reason = "again" })).Code);
        var again = await PaidOut(staff, seller, company);

        Assert.Equal(Worth, Minor(again));
        Assert.Equal((0, 0, 0), await Balance(seller));
        Assert.Equal(0, await souk.Balance(payout["id"].GetGuid(), "bank"));
    }

    [Fact]
    public async Task A_seller_may_take_back_what_is_not_approved_and_no_more()
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        using var staff = souk.Staff();
        await NamesAccount(seller, company);
        await SellsAndDelivers(company);
        await Eventually(async () => Assert.Equal((Worth, Worth, 0), await Balance(seller)));
        var payout = await Request(seller, company);

        Assert.Equal(HttpStatusCode.Forbidden, (await seller.Post($"{payout.Location}/approve", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await seller.Post($"{payout.Location}/sent", new { })).Status);
        await Moves(seller, payout, "cancel", new { reason = "not yet" });
        Assert.Equal((Worth, Worth, 0), await Balance(seller));
        var again = await Request(seller, company);
        await Moves(staff, again, "approve", new { });
        Assert.Equal(HttpStatusCode.Forbidden,
            (await seller.Post($"{again.Location}/cancel", new { reason = "no" })).Status);
        Assert.Equal("approved", (await seller.Get(again.Location!))["status"].GetString());
    }

    [Fact]
    public async Task A_stranger_learns_nothing_and_nobody_names_anothers_account()
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        using var stranger = souk.Seller(Guid.CreateVersion7());
        using var staff = souk.Staff();
        using var buyer = souk.Buyer();
        await NamesAccount(seller, company);
        await SellsAndDelivers(company);
        await Eventually(async () => Assert.Equal((Worth, Worth, 0), await Balance(seller)));
        var payout = await Request(seller, company);

        foreach (var path in new[] { payout.Location!, $"{payout.Location}/items", $"/payout-accounts/{company}" })
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.Get(path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Request(stranger, company)).Status);
        Assert.Equal(HttpStatusCode.NotFound,
            (await stranger.Post($"{payout.Location}/cancel", new { reason = "x" })).Status);
        Assert.Equal(0, (await stranger.Get("/payouts"))["data"].GetArrayLength());
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.Get("/payout-files")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await buyer.Get("/payouts")).Status);
        foreach (var (other, refusal) in new[]
            { (stranger, HttpStatusCode.NotFound), (staff, HttpStatusCode.Forbidden) })
            Assert.Equal(refusal, (await other.Post(
                $"/payout-accounts/{company}", new { holder = "Me", iban = Iban, schedule = "daily" },
                method: HttpMethod.Put)).Status);
        Assert.Equal("manual", (await staff.Get($"/payout-accounts/{company}"))["schedule"].GetString());
    }

    [Fact]
    public async Task A_schedule_asks_by_itself_and_sets_its_next_time()
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        await NamesAccount(seller, company, "weekly");
        await SellsAndDelivers(company);
        await Eventually(async () => Assert.Equal((Worth, Worth, 0), await Balance(seller)));
        await souk.Rows("update payments.payout_accounts set next_at = now() where company_id = $1", _ => 0, company);

        await souk.Services.GetRequiredService<IServiceScopeFactory>().InTransaction<PaymentsDb>(
            (_, scope) => scope.GetRequiredService<RequestPayouts>().Run(TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken);

        var payout = Assert.Single((await seller.Get("/payouts"))["data"].EnumerateArray());
        Assert.Equal(Worth, payout.GetProperty("amount").GetProperty("amount").GetInt64());
        var next = (await seller.Get($"/payout-accounts/{company}"))["next_at"].GetDateTimeOffset();
        Assert.Equal(DayOfWeek.Monday, next.DayOfWeek);
        Assert.True(next > TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task What_is_below_the_minimum_waits()
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        await NamesAccount(seller, company);
        await SellsAndDelivers(company, quantity: 1);

        await Eventually(async () => Assert.Equal("below_minimum", (await Request(seller, company)).Code));

        Assert.Equal(0, await souk.Value<long>("select count(*) from payments.payouts where company_id = $1", company));
    }

    [Theory]
    // The same number of minor units: 9.83 EUR, 983 JPY, 0.983 BHD; 10 of the currency are the least.
    [InlineData("EUR", "below_minimum")]
    [InlineData("JPY", null)]
    [InlineData("BHD", "below_minimum")]
    public async Task The_minimum_counts_units_of_the_currency(string currency, string? refusal)
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);
        await NamesAccount(seller, company);
        await SellsAndDelivers(company, currency, quantity: 1);
        await Eventually(async () => Assert.Equal((983, 983, 0), await Balance(seller)));

        Assert.Equal(refusal, (await Request(seller, company, currency)).Code);
    }

    [Fact]
    public async Task The_database_knows_one_open_payout_of_a_seller_and_currency()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => souk.Rows("""
            insert into payments.payouts (id, company_id, currency, goods_minor, delivery_minor, status, holder, iban,
                created_at)
            select gen_random_uuid(), $1, 'EUR', 5, 0, status, 'A', 'B', now()
                from unnest(array['requested', 'approved']) as status
            """, _ => 0, Guid.CreateVersion7()));

        Assert.Equal("payouts_open", refused.ConstraintName);
    }

    [Theory]
    [InlineData("/payouts", "POST", """{"company_id":"ID"}""", 400)]
    [InlineData("/payouts", "POST", """{"company_id":"ID","currency":"eur"}""", 422)]
    [InlineData("/payouts", "POST", """{"company_id":"ID","currency":"EUR","amount":5}""", 400)]
    [InlineData("/payout-accounts/ID", "PUT", """{"holder":"A","iban":"DE88370400440532013000","schedule":"daily"}""",
        422)]
    [InlineData("/payout-accounts/ID", "PUT", """{"holder":"A","iban":"DE89370400440532013000","schedule":"hourly"}""",
        400)]
    [InlineData("/payout-accounts/ID", "PUT", """{"holder":"","iban":"DE89370400440532013000","schedule":"daily"}""",
        422)]
    [InlineData("/payout-accounts/ID", "PUT",
        """{"holder":"A","iban":"DE89370400440532013000","schedule":"daily","bic":"X"}""", 422)]
    public async Task A_bad_body_is_a_clear_problem_and_changes_nothing(string path, string method, string body,
        int status)
    {
        var company = Guid.CreateVersion7();
        using var seller = souk.Seller(company);

        var answer = await seller.Post(Filled(path), Filled(body), method: new HttpMethod(method));

        Assert.Equal(status, (int)answer.Status);
        Assert.NotNull(answer.Code);
        Assert.Equal(0, await souk.Value<long>(
            "select count(*) from payments.audit where company_id = $1", company));

        string Filled(string text) => text.Replace("ID", company.ToString(), StringComparison.Ordinal);
    }

    private async Task<PaymentDue> SellsAndDelivers(Guid company, string currency = "EUR", int quantity = 2)
    {
        var due = PaymentsAlone.Due("tok_success") with { Currency = currency };
        OrderedLine[] lines = [due.Lines[0] with { CompanyId = company, Quantity = quantity,
            TotalMinor = (quantity * 1000) + 100 }, due.Lines[1]];
        var total = lines.Sum(line => line.TotalMinor);
        due = due with { Lines = lines, TotalMinor = total, Payments = [due.Payments[0] with { AmountMinor = total }] };
        await souk.Sold(due);
        await souk.Say(PaymentsAlone.Delivered(due, lines[0]));
        return due;
    }

    private static async Task<Answer> NamesAccount(HttpClient seller, Guid company, string schedule = "manual")
    {
        var account = await seller.Post(
            $"/payout-accounts/{company}", new { holder = "Oak and Lamp", iban = Iban, schedule },
            method: HttpMethod.Put);
        Assert.Equal(HttpStatusCode.OK, account.Status);
        return account;
    }

    private static Task<Answer> Request(HttpClient who, Guid company, string currency = "EUR") =>
        who.Post("/payouts", new { company_id = company, currency });

    private static async Task Moves(HttpClient who, Answer payout, string move, object body) =>
        Assert.Equal(HttpStatusCode.OK, (await who.Post($"/payouts/{payout["id"].GetGuid()}/{move}", body)).Status);

    private static async Task<Answer> PaidOut(HttpClient staff, HttpClient seller, Guid company)
    {
        Answer? payout = null;
        await Eventually(async () => Assert.Equal(HttpStatusCode.Created,
            (payout = await Request(seller, company)).Status));
        await Moves(staff, payout!, "approve", new { });
        await Moves(staff, payout!, "sent", new { reference = "T1" });
        return payout!;
    }

    private static async Task<(long Balance, long Available, long OnItsWay)> Balance(HttpClient seller)
    {
        var one = Assert.Single((await seller.Get("/balances"))["data"].EnumerateArray());
        return (Of("balance"), Of("available"), Of("on_its_way"));

        long Of(string member) => one.GetProperty(member).GetProperty("amount").GetInt64();
    }

    private static long Minor(Answer answer) => answer["amount"].GetProperty("amount").GetInt64();

    private static IEnumerable<string> Texts(XDocument xml, string name) =>
        xml.Descendants().Where(element => element.Name.LocalName == name).Select(element => element.Value);
}
