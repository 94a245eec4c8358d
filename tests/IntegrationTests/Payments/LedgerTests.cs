using System.Net;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.IntegrationTests.Payments;

public sealed class LedgerTests(PaymentsAlone souk)
{
    [Theory]
    [InlineData("update payments.ledger_entries set amount_minor = amount_minor + 1")]
    [InlineData("delete from payments.ledger_entries")]
    [InlineData("truncate payments.ledger_entries")]
    [InlineData("update payments.transactions set result = 'captured'")]
    [InlineData("delete from payments.transactions")]
    [InlineData("truncate payments.transactions")]
    [InlineData("update payments.ledger_accounts set name = 'x'")]
    [InlineData("update payments.payout_items set goods_minor = 0")]
    [InlineData("delete from payments.payout_items")]
    [InlineData("delete from payments.settled")]
    [InlineData("update payments.dispute_lines set total_minor = 0")]
    [InlineData("delete from payments.audit")]
    [InlineData("alter table payments.ledger_entries disable trigger balanced")]
    [InlineData("drop trigger balanced on payments.ledger_entries")]
    public async Task The_services_own_role_cannot_change_what_was_booked(string sql)
    {
        await souk.Sold();
        await using var connection = await AsService();
        await using var command = new NpgsqlCommand(sql, connection);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData("('sale', 0, 'EUR', 100), ('sale', 1, 'EUR', -99)", "23514")]
    [InlineData("('sale', 0, 'EUR', 100), ('sale', 1, 'USD', -100)", "23514")]
    [InlineData("('sale', 0, 'EUR', 100), ('capture', 0, 'EUR', -100)", "23514")]
    [InlineData("('sale', 0, 'EUR', 100)", "23514")]
    [InlineData("('sale', 0, 'EUR', 0)", "23514")]
    [InlineData("('sale', 0, 'EUR', 100), ('sale', 0, 'EUR', -100)", "23505")]
    [InlineData("('sale', 0, 'EUR', 100), ('sale', 1, 'EUR', -100)", null)]
    public async Task The_database_takes_only_journals_that_sum_to_zero_per_currency(string rows, string? refusal)
    {
        await using var connection = await AsService();
        await using var command = new NpgsqlCommand($"""
            insert into payments.ledger_entries (order_id, kind, source_id, n, account, currency, amount_minor)
            select $1, kind, $1, n, 'gateway_clearing', currency, amount from (values {rows}) as v(kind, n, currency, amount)
            """, connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7() });

        var result = await Record.ExceptionAsync(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal(refusal, (result as PostgresException)?.SqlState);
    }

    [Fact]
    public async Task The_trial_balance_balances_and_the_sellers_balance_is_the_fold()
    {
        var due = await souk.Sold("tok_success", "voucher");
        using var staff = souk.Staff();
        using var seller = souk.Seller(due.Lines[0].CompanyId);

        var trial = await staff.Get("/ledger/trial-balance");
        Assert.All(trial["currencies"].EnumerateArray(), currency => Assert.True(currency.GetProperty("balanced").GetBoolean()));

        var balances = await seller.Get("/balances");
        var mine = Assert.Single(balances["data"].EnumerateArray());
        Assert.Equal(due.Lines[0].CompanyId, mine.GetProperty("company_id").GetGuid());
        var fold = -await souk.Value<decimal>(
            "select sum(amount_minor) from payments.ledger_entries where company_id = $1", due.Lines[0].CompanyId);
        Assert.Equal(fold, mine.GetProperty("balance").GetProperty("amount").GetInt64());
        // 2 × 10.00 and 1.00 delivery with 0.19 tax in them; a tenth of the goods net of tax is the commission.
        Assert.Equal(1982 - 198 + 99, fold);

        var entries = await staff.Get($"/ledger/entries?order_id={due.OrderId}&limit=100");
        Assert.Equal(0, entries["data"].EnumerateArray().Sum(entry => entry.GetProperty("amount").GetProperty("amount").GetInt64()));
        var accounts = await staff.Get($"/ledger/accounts?company_id={due.Lines[0].CompanyId}");
        Assert.Equal(["delivery", "seller_payable"], accounts["data"].EnumerateArray().Select(account => account.GetProperty("account").GetString()));
    }

    [Fact]
    public async Task Pages_of_entries_have_no_holes_and_no_doubles()
    {
        await souk.Sold();
        var due = await souk.Sold("tok_success", "voucher");
        using var staff = souk.Staff();
        var (seen, next) = (new List<long>(), $"/ledger/entries?order_id={due.OrderId}&limit=3");
        while (next is not null)
        {
            var page = await staff.Get(next);
            seen.AddRange(page["data"].EnumerateArray().Select(entry => entry.GetProperty("id").GetInt64()));
            next = page["next_cursor"].GetString() is { } cursor ? $"/ledger/entries?order_id={due.OrderId}&limit=3&cursor={cursor}" : null;
        }

        Assert.Equal(await souk.Rows("select id from payments.ledger_entries where order_id = $1 order by id desc", row => row.GetInt64(0), due.OrderId), seen);
    }

    [Fact]
    public async Task The_ledger_is_for_staff_and_balances_for_their_own_company()
    {
        var due = await souk.Sold();
        using var seller = souk.Seller(due.Lines[0].CompanyId);
        using var buyer = souk.Buyer(due.AccountId);
        using var nobody = souk.Client();

        foreach (var path in new[] { "/ledger/accounts", "/ledger/entries", "/ledger/trial-balance", "/commission-rules" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await seller.Get(path)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.Get(path)).Status);
        }
        Assert.Equal(HttpStatusCode.Forbidden, (await buyer.Get("/balances")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await seller.Get("/transactions")).Status);
        Assert.Equal(0, (await seller.Get($"/balances?company_id={due.Lines[1].CompanyId}"))["data"].GetArrayLength());
        Assert.Equal(0, (await seller.Get("/payments"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task Every_answer_of_the_gateway_is_a_transaction()
    {
        var due = await souk.Sold();
        using var staff = souk.Staff();

        var transactions = await staff.Get($"/transactions?order_id={due.OrderId}");

        Assert.Equal([("capture", "captured"), ("authorize", "authorized")], transactions["data"].EnumerateArray()
            .Select(t => (t.GetProperty("kind").GetString(), t.GetProperty("result").GetString())));
    }

    // The service's own pool: one of the test's own would show up, unnamed, in the metrics that another test reads.
    private Task<NpgsqlConnection> AsService() =>
        souk.Services.GetServices<Service>().Single(s => s.Name == "payments").DataSource
            .OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
}
