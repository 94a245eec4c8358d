using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Souk.IntegrationTests.Payments;

public sealed class CommissionRuleTests(PaymentsAlone souk)
{
    [Fact]
    public async Task A_rule_holds_for_what_is_sold_after_it_and_is_frozen_on_the_line()
    {
        using var staff = souk.Staff();
        var due = PaymentsAlone.Due("tok_success");
        var line = due.Lines[0];
        var rule = await staff.Post("/commission-rules", new { name = "Seller of the year", percent = 2.5, company_id = line.CompanyId });
        Assert.Equal(HttpStatusCode.Created, rule.Status);

        await souk.Say(due);
        await Eventually(async () => Assert.Equal(50, await Commission(line.LineId))); // 2.5 % of 19.82, rounded.
        await Put(staff, rule.Location!, new { name = "Seller of the year", percent = 50 });

        Assert.Equal(50, await Commission(line.LineId));
        Assert.Equal(rule["id"].GetGuid(), await souk.Value<Guid>("select commission_rule_id from payments.order_lines where line_id = $1", line.LineId));
        Assert.Equal(2, await souk.Value<long>("select count(*) from payments.audit where entity_id = $1", rule["id"].GetGuid()));
    }

    [Fact]
    public async Task A_second_rule_for_the_same_thing_is_refused_and_a_deleted_one_is_gone()
    {
        using var staff = souk.Staff();
        var company = Guid.CreateVersion7();
        var rule = await staff.Post("/commission-rules", new { name = "A", percent = 5, company_id = company });

        Assert.Equal("already_exists", (await staff.Post("/commission-rules", new { name = "B", percent = 6, company_id = company })).Code);
        Assert.Equal(HttpStatusCode.Created, (await staff.Post("/commission-rules", new
        {
            name = "C", percent = 6, company_id = company, @fixed = new { amount = 30, currency = "USD" }, maximum = new { amount = 500, currency = "USD" },
        })).Status);
        Assert.Equal(2, (await staff.Get($"/commission-rules?company_id={company}"))["data"].GetArrayLength());
        using var gone = await staff.DeleteAsync(new Uri(rule.Location!, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.Get(rule.Location!)).Status);
    }

    [Fact]
    public async Task A_preview_tells_what_a_rule_would_charge_and_changes_nothing()
    {
        using var staff = souk.Staff();
        using var seller = souk.Seller(Guid.CreateVersion7());
        var (company, category) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var rule = await staff.Post("/commission-rules", new { name = "A", percent = 5, company_id = company });
        var sale = new { amount = 2000, currency = "EUR" };

        var now = await staff.Post("/commission-rules/preview",
            new { goods = sale, company_id = company, category_ids = new[] { category } });
        Assert.Equal((100, "A"), (Minor(now["now"]), now["now"].GetProperty("rule").GetString()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, now["then"].ValueKind);
        var then = await staff.Post("/commission-rules/preview", new
        {
            goods = sale, company_id = company, category_ids = new[] { category },
            rule = new { name = "B", percent = 2, @fixed = new { amount = 30, currency = "EUR" },
                category_id = category },
        });
        Assert.Equal((100, 70, "B"), (Minor(then["now"]), Minor(then["then"]),
            then["then"].GetProperty("rule").GetString()));
        var instead = await staff.Post("/commission-rules/preview", new
        {
            goods = sale, company_id = company, rule = new { name = "C", percent = 7, company_id = company },
        });
        Assert.Equal(140, Minor(instead["then"]));

        Assert.Equal("one_target", (await staff.Post("/commission-rules/preview", new
        {
            goods = sale, rule = new { name = "D", percent = 7, company_id = company, product_id = company },
        })).Code);
        Assert.Equal(HttpStatusCode.Forbidden,
            (await seller.Post("/commission-rules/preview", new { goods = sale })).Status);
        Assert.Equal(rule["id"].GetGuid(),
            Assert.Single((await staff.Get($"/commission-rules?company_id={company}"))["data"].EnumerateArray())
            .GetProperty("id").GetGuid());

        static long Minor(System.Text.Json.JsonElement one) =>
            one.GetProperty("commission").GetProperty("amount").GetInt64();
    }

    [Fact]
    public async Task A_stale_change_is_refused()
    {
        using var staff = souk.Staff();
        var rule = await staff.Post("/commission-rules", new { name = "A", percent = 5, product_id = Guid.CreateVersion7() });
        using var request = new HttpRequestMessage(HttpMethod.Put, rule.Location)
        {
            Content = JsonContent.Create(new { name = "A", percent = 6 }),
            Headers = { IfMatch = { new EntityTagHeaderValue("\"7\"") } },
        };
        using var refused = await staff.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
        Assert.Equal(5, (await staff.Get(rule.Location!))["percent"].GetDecimal());
    }

    [Theory]
    [InlineData("{}", 400)]
    [InlineData("{\"name\":\"x\",\"percent\":\"5\"}", 400)]
    [InlineData("{\"name\":\"x\",\"percent\":5,\"id\":1}", 400)]
    [InlineData("{\"name\":\"\",\"percent\":5}", 422)]
    [InlineData("{\"name\":\"x\",\"percent\":101}", 422)]
    [InlineData("{\"name\":\"x\",\"percent\":-1}", 422)]
    [InlineData("{\"name\":\"x\",\"percent\":1.00001}", 422)]
    [InlineData("{\"name\":\"x\",\"percent\":5,\"fixed\":{\"amount\":-1,\"currency\":\"EUR\"}}", 422)]
    [InlineData("{\"name\":\"x\",\"percent\":5,\"fixed\":{\"amount\":1,\"currency\":\"XXX\"}}", 422)]
    [InlineData("{\"name\":\"x\",\"percent\":5,\"fixed\":{\"amount\":1,\"currency\":\"EUR\"},\"minimum\":{\"amount\":1,\"currency\":\"USD\"}}", 422)]
    [InlineData("{\"name\":\"x\",\"percent\":5,\"minimum\":{\"amount\":2,\"currency\":\"EUR\"},\"maximum\":{\"amount\":1,\"currency\":\"EUR\"}}", 422)]
    [InlineData("{\"name\":\"x\",\"percent\":5,\"company_id\":\"0199f3a2-5b7c-7d10-8000-000000000001\",\"product_id\":\"0199f3a2-5b7c-7d10-8000-000000000001\"}", 422)]
    public async Task A_bad_body_is_a_clear_problem(string body, int status)
    {
        using var staff = souk.Staff();
        Assert.Equal(status, (int)(await staff.Post("/commission-rules", body)).Status);
    }

    private Task<long> Commission(Guid line) => souk.Value<long>("select coalesce(sum(commission_minor), 0)::bigint from payments.order_lines where line_id = $1", line);

    private static async Task Put(HttpClient staff, string path, object body) =>
        Assert.Equal(HttpStatusCode.OK, (await staff.Post(path, body, method: HttpMethod.Put)).Status);
}
