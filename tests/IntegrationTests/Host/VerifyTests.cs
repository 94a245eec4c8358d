using System.Text.RegularExpressions;
using Npgsql;
using Souk.Host;
using Souk.Host.Commands;
using Souk.Platform;

namespace Souk.IntegrationTests.Host;

/// <summary>The audit says yes to a sound database, and names each thing that is planted wrong.</summary>
public sealed class VerifyTests(AuditedBooks books) : IClassFixture<AuditedBooks>
{
    private static readonly Guid Offer = Guid.CreateVersion7();

    // An order of two lamps that cost nothing, whose part is to be shipped.
    private const string Sold = """
        insert into orders.orders (id, status, contact_id, country, postcode, currency, prices_include_tax, items_minor,
                                   discount_minor, delivery_minor, tax_minor, total_minor, coupon_codes, created_at)
        values ('{0}', 'confirmed', '{0}', 'DE', '10115', 'EUR', true, 0, 0, 0, 0, 0, '{{}}', now());
        insert into orders.order_parts (order_id, id, company_id, delivery_method_id, delivery_method_name, items_minor,
                                        discount_minor, delivery_minor, tax_minor, total_minor)
        values ('{0}', '{0}', '{0}', '{0}', 'Parcel', 0, 0, 0, 0, 0);
        insert into orders.order_lines (
            order_id, id, part_id, position, offer_id, product_id, variant_id, company_id, shop_id,
                                        sku, title, quantity, unit_price_minor, discount_minor,
                                        discount_by_marketplace_minor,
                                        delivery_minor, tax_minor, total_minor, tax_category, category_ids)
        values (
            '{0}', '{0}', '{0}', 0, '{0}', '{0}', '{0}', '{0}', '{0}', 'L', 'Lamp', 2, 0, 0, 0, 0, 0, 0, 'standard',
                '{{}}');

        """;

    [Fact]
    public async Task An_empty_marketplace_agrees_with_itself()
    {
        var (exitCode, output) = await books.Audit("");

        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("FAIL", output, StringComparison.Ordinal);
        Assert.DoesNotContain("skip", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stock is the sum of its movements", """
        insert into inventory.warehouses (id, company_id, name, line1, city, country, priority, is_default, active, created_at, version)
        values ('{0}', '{0}', 'W', 'S 1', 'B', 'DE', 1, true, true, now(), 1);
        insert into inventory.stock (offer_id, warehouse_id, on_hand) values ('{0}', '{0}', 3)
        """)]
    [InlineData("what is reserved is the sum of the reservations", """
        insert into inventory.reservations (order_id, line_id, warehouse_id, offer_id, quantity) values ('{0}', '{0}', '{0}', '{0}', 1)
        """)]
    [InlineData("no event is dead", """
        insert into carts.parked (id, topic, pos, type, key, payload, reason, dead) values ('{0}', 'orders', 1, 'OrderConfirmed', '{0}', '{{}}', 'no', true)
        """)]
    [InlineData("no event waits in an outbox", """
        insert into catalog.outbox (id, type, key, payload, at) values ('{0}', 'Nothing', '{0}', '{{}}', now() - interval '2 minutes')
        """)]
    [InlineData("the built-in gateway's books are the payments", """
        insert into gateway_simulator.charges (key, method, currency, amount_minor, state, captured_minor) values ('{0}', 'card', 'EUR', 100, 'captured', 100)
        """)]
    [InlineData("every payout is what it took of orders", """
        insert into payments.payouts (id, company_id, currency, goods_minor, delivery_minor, status, holder, iban,
            created_at)
        values ('{0}', '{0}', 'EUR', 100, 0, 'cancelled', 'A', 'B', now())
        """)]
    [InlineData("what is paid out of every order is what payouts took of it", """
        insert into payments.payouts (id, company_id, currency, goods_minor, delivery_minor, status, holder, iban,
            created_at)
        values ('{0}', '{0}', 'EUR', 100, 0, 'failed', 'A', 'B', now());
        insert into payments.payout_items (payout_id, order_id, goods_minor, delivery_minor) values ('{0}', '{0}', 100,
            0);
        insert into payments.earnings (order_id, company_id, currency, releases_at, paid_goods_minor) values ('{0}',
            '{0}', 'EUR', now(), 100)
        """)]
    [InlineData("nothing is paid out beyond what is worth it", """
        insert into payments.order_money (order_id, currency, total_minor, state, sold) values ('{0}', 'EUR', 100,
            'captured', false);
        insert into payments.order_lines (order_id, line_id, company_id, goods_minor, delivery_minor, tax_minor,
            discount_minor,
                                          commission_minor, total_minor, commission_percent)
        values ('{0}', '{0}', '{0}', 100, 0, 0, 0, 10, 100, 10);
        insert into payments.earnings (order_id, company_id, currency, releases_at, open) values ('{0}', '{0}', 'EUR',
            now(), false)
        """)]
    [InlineData("what is set aside for payouts is theirs", """
        insert into payments.ledger_entries (order_id, kind, source_id, n, account, company_id, currency, amount_minor)
        values ('{0}', 'payout', '{0}', 0, 'seller_payable', '{0}', 'EUR', 100),
        ('{0}', 'payout', '{0}', 1, 'payouts', '{0}', 'EUR', -100)
        """)]
    [InlineData("what open disputes hold stands in the ledger", """
        insert into payments.disputes (id, gateway, gateway_ref, payment_id, order_id, currency, amount_minor,
            held_minor, status, reason)
        values ('{0}', 'simulator', 'dp_1', '{0}', '{0}', 'EUR', 100, 50, 'open', 'fraudulent');
        insert into payments.dispute_lines (dispute_id, line_id, company_id, total_minor, goods_minor, delivery_minor,
            tax_minor,
                                            discount_minor, commission_minor)
        values ('{0}', '{0}', '{0}', 50, 50, 0, 0, 0, 0)
        """)]
    [InlineData("what gateways settled without a reason stands in the ledger", """
        insert into payments.settlements (id, gateway, hash, currency, lines, matched, gross_minor, fees_minor,
            from_at, to_at, created_at)
        values ('{0}', 'simulator', '', 'EUR', 1, 0, 5, 0, now(), now(), now());
        insert into payments.settlement_exceptions (id, settlement_id, type, payment_id, reference, reason, said_minor,
            expected_minor)
        values ('{0}', '{0}', 'capture', '{0}', 'x', 'unknown', 5, 0)
        """)]
    [InlineData("every dispute holds what it took of lines", """
        insert into payments.disputes (id, gateway, gateway_ref, payment_id, order_id, currency, amount_minor,
            held_minor, status, reason)
        values ('{0}', 'simulator', 'dp_1', '{0}', '{0}', 'EUR', 100, 50, 'won', 'fraudulent')
        """)]
    [InlineData("orders show what was captured and what was refunded", """
        insert into orders.orders (id, status, contact_id, country, postcode, currency, prices_include_tax, items_minor, discount_minor,
                                   delivery_minor, tax_minor, total_minor, coupon_codes, created_at, refunded_minor)
        values ('{0}', 'cancelled', '{0}', 'DE', '10115', 'EUR', true, 100, 0, 0, 0, 100, '{{}}', now(), 100);
        insert into orders.order_parts (order_id, id, company_id, status, delivery_method_id, delivery_method_name, items_minor,
                                        discount_minor, delivery_minor, tax_minor, total_minor)
        values ('{0}', '{0}', '{0}', 'cancelled', '{0}', 'Parcel', 100, 0, 0, 0, 100);
        insert into orders.order_lines (order_id, id, part_id, position, offer_id, product_id, variant_id, company_id, shop_id, sku, title,
                                        quantity, unit_price_minor, discount_minor, discount_by_marketplace_minor, delivery_minor,
                                        tax_minor, total_minor, tax_category, category_ids)
        values ('{0}', '{0}', '{0}', 0, '{0}', '{0}', '{0}', '{0}', '{0}', 'L', 'Lamp', 1, 100, 0, 0, 0, 0, 100, 'standard', '{{}}')
        """)]
    [InlineData("of no line more left, came back or was refunded than was bought", Sold + """
        insert into orders.piece_moves (order_id, part_id, line_id, kind, quantity, cause_id, at)
        values ('{0}', '{0}', '{0}', 'returned', 3, '{0}', now())
        """)]
    [InlineData("parts stand where their pieces are", Sold + """
        update orders.order_parts set status = 'returned'
        """)]
    [InlineData("goods that came back are refunded, with no more than was granted", """
        insert into orders.returns (
            id, order_id, part_id, company_id, currency, status, reason, refund_id, refund_minor,
                                    created_at, received_at, version)
        values (
            '{0}', '{0}', '{0}', '{0}', 'EUR', 'received', 'other', '{0}', 100, now(), now() - interval '2 minutes', 1)
        """)]
    [InlineData("what is reserved for an order is what it still has to ship", Sold + """
        insert into orders.piece_moves (order_id, part_id, line_id, kind, quantity, cause_id, at)
        values ('{0}', '{0}', '{0}', 'taken_off', 1, '{0}', now());
        update orders.orders set updated_at = now() - interval '2 minutes'
        """)]
    public async Task What_is_planted_is_found(string check, string plant)
    {
        var (exitCode, output) = await books.Audit(string.Format(System.Globalization.CultureInfo.InvariantCulture, plant, Offer));

        Assert.Equal(1, exitCode);
        Assert.Contains($"FAIL  {check}", output, StringComparison.Ordinal);
        Assert.Single(output.Split('\n'), line => line.StartsWith("FAIL", StringComparison.Ordinal));
    }
}

/// <summary>A marketplace without a trade, for one plant after the other.</summary>
public sealed partial class AuditedBooks : IAsyncLifetime
{
    private TestDatabase? database;
    private WebApplication? app;
    private string? missing;

    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        var builder = Marketplace.Prepare(SoukServer.Settings(database.Owner, SoukServer.FreePort()));
        builder.Logging.ClearProviders();
        app = Marketplace.Build(builder);
        await app.Services.Migrate(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        if (database is not null)
            await database.DisposeAsync();
    }

    /// <summary>What the audit says with this planted. Its tables are empty again afterwards.</summary>
    internal async Task<(int ExitCode, string Output)> Audit(string plant)
    {
        if (app is null)
            TestDatabase.Missing(missing!);
        if (plant.Length > 0)
            await Execute(plant);
        var output = new StringWriter();
        var exitCode = await Verify.Run(app.Services, output, TestContext.Current.CancellationToken);
        foreach (Match planted in Inserted().Matches(plant))
            await Execute($"truncate {planted.Groups["table"].Value} cascade");
        return (exitCode, output.ToString());
    }

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(database!.Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"insert into (?<table>\w+\.\w+)")]
    private static partial Regex Inserted();
}
