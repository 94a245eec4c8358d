using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;

namespace Souk.IntegrationTests.Payments;

/// <summary>A file is about a time and a currency: each test has a currency that no other has.</summary>
public sealed class SettlementTests(PaymentsAlone souk)
{
    private const string Header = "type,payment,reference,amount,fee,currency,at\n";

    [Fact]
    public async Task What_the_gateway_settles_is_found_in_the_ledger_and_taken_once()
    {
        using var staff = souk.Staff();
        var due = await Sold("HUF");
        await staff.Post("/refunds", new { order_id = due.OrderId, amount = new { amount = 700, currency = "HUF" } });
        await souk.Heard<PaymentRefunded>(due.OrderId);
        var file = await staff.GetStringAsync("/gateway-simulator/settlement?currency=HUF",
            TestContext.Current.CancellationToken);

        var taken = await Take(staff, file);

        Assert.Equal((HttpStatusCode.Created, 2, 2),
            (taken.Status, taken["lines"].GetInt32(), taken["matched"].GetInt32()));
        var (gross, fees) = (due.TotalMinor - 700,
            (long)Math.Round(due.TotalMinor * 0.02m, MidpointRounding.AwayFromZero));
        Assert.Equal((gross, fees), (Minor(taken["gross"]), Minor(taken["fees"])));
        var id = taken["id"].GetGuid();
        Assert.Equal((gross - fees, fees, -gross),
            (await souk.Balance(id, "bank"), await souk.Balance(id, "gateway_fees"),
            await souk.Balance(id, "gateway_clearing")));
        Assert.Empty(await Exceptions(staff, id));
        var again = await Take(staff, file);
        Assert.Equal((HttpStatusCode.OK, id), (again.Status, again["id"].GetGuid()));
        Assert.Equal(JsonValueKind.Null,
            (await staff.Get("/ledger/entries?account=gateway_fees&currency=HUF"))["data"][0].GetProperty("order_id").ValueKind);
        Assert.Equal(id, (await staff.Get(taken.Location!))["id"].GetGuid());
    }

    [Fact]
    public async Task What_does_not_agree_is_listed_with_its_reason_and_resolved_with_a_note()
    {
        using var staff = souk.Staff();
        var (wrong, missed) = (await Sold("CZK"), await Sold("CZK"));
        var (short1, paid) = (wrong.Payments[0].PaymentId, Guid.CreateVersion7());
        // From before the first to after the second.
        var taken = await Take(staff, Header
            + $"capture,{short1},{short1},26.80,0.20,CZK,{At(-1)}\n"
            + $"capture,{paid},{paid},5.00,0,CZK,{At(1)}\n");
        Assert.Equal((2, 0), (taken["lines"].GetInt32(), taken["matched"].GetInt32()));
        var id = taken["id"].GetGuid();
        var found = await Exceptions(staff, id);
        Assert.Equal(["missing", "unknown", "wrong_amount"],
            found.Select(e => e.GetProperty("reason").GetString()).Order(StringComparer.Ordinal));
        var missing = found.Single(e => e.GetProperty("reason").GetString() == "missing");
        Assert.Equal(missed.Payments[0].PaymentId, missing.GetProperty("payment_id").GetGuid());
        Assert.Equal(-3180, await souk.Balance(id, "unreconciled"));

        var shortOne = found.Single(e =>
            e.GetProperty("reason").GetString() == "wrong_amount").GetProperty("id").GetGuid();
        var body = new { note = "The gateway kept it.", accept = true };
        Assert.Equal("resolved", (await staff.Post($"/settlements/exceptions/{shortOne}/resolve",
            body))["status"].GetString());
        Assert.Equal("already_resolved", (await staff.Post($"/settlements/exceptions/{shortOne}/resolve", body)).Code);
        Assert.Equal((-500, -2700, 20), (await souk.Balance(id, "unreconciled"),
            await souk.Balance(id, "gateway_clearing"),
            await souk.Balance(id, "reconciliation_differences")));

        // The next file has what was missing: nobody has to do anything.
        var late = missed.Payments[0].PaymentId;
        Assert.Equal(1, (await Take(staff, Header
            + $"capture,{late},{late},27.00,0,CZK,{At(-2)}\n"))["matched"].GetInt32());
        Assert.Equal(["unknown"], (await Exceptions(staff, id, "&status=open")).Select(e =>
            e.GetProperty("reason").GetString()));
        Assert.Equal("settled_before", Assert.Single(await Exceptions(staff, (await Take(
            staff, Header
                + $"capture,{late},{late},27.00,0,CZK,{At(-3)}\n"))["id"].GetGuid())).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_wrong_file_changes_nothing_and_strangers_have_no_files()
    {
        using var staff = souk.Staff();
        using var seller = souk.Seller(Guid.CreateVersion7());

        var refused = await Take(staff, Header + "capture,x,y,1,0,PLN,today\n");
        Assert.Equal((422, "invalid_csv", 2), ((int)refused.Status, refused.Code, refused["errors"].GetArrayLength()));
        Assert.Equal("unknown_gateway", (await Take(staff, Header, gateway: "nobody")).Code);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType,
            (await staff.Post("/settlements?gateway=simulator", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Take(seller, Header)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await seller.Get("/settlements")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await seller.Get("/settlements/exceptions")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.Get($"/settlements/{Guid.CreateVersion7()}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.Post(
            $"/settlements/exceptions/{Guid.CreateVersion7()}/resolve", new { note = "x" })).Status);
        Assert.Equal(0, await souk.Value<long>("select count(*) from payments.settlements where currency = 'PLN'"));
    }

    private async Task<PaymentDue> Sold(string currency) =>
        await souk.Sold(PaymentsAlone.Due("tok_success") with { Currency = currency });

    private static string At(int minutes) =>
        TimeProvider.System.GetUtcNow().AddMinutes(minutes)
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static async Task<Answer> Take(HttpClient who, string csv, string gateway = "simulator")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/settlements?gateway={gateway}")
        {
            Content = new StringContent(csv, Encoding.UTF8, "text/csv"),
        };
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        return await Requests.Read(await who.SendAsync(request, TestContext.Current.CancellationToken));
    }

    private static async Task<JsonElement[]> Exceptions(HttpClient staff, Guid settlement, string filter = "")
    {
        var page = await staff.Get($"/settlements/exceptions?settlement_id={settlement}{filter}");
        return [.. page["data"].EnumerateArray()];
    }

    private static long Minor(JsonElement money) => money.GetProperty("amount").GetInt64();
}
