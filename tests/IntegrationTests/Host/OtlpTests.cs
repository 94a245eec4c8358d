using System.Diagnostics;
using System.Net;
using Souk.IntegrationTests.Flows;

namespace Souk.IntegrationTests.Host;

/// <summary>
/// What a collector gets from a process that is told where it is, and one trace through all that an order sets off.
/// </summary>
public sealed class OtlpTests
{
    // What is heard of which service, from the request to the capture, and what the gateway is asked between.
    private static readonly string[] Steps =
    [
        "carts CheckoutStarted", "orders OrderPlaced", "inventory StockReserved", "orders PaymentDue",
        "gateway authorize", "payments PaymentsAuthorized", "orders OrderConfirmed", "gateway capture",
        "payments PaymentCaptured",
    ];

    [Fact]
    public async Task A_collector_gets_all_signals_and_the_trace_of_an_order_goes_through_its_events_and_the_gateway()
    {
        await using var database = await TestDatabase.Required();
        await using var collector = await OtlpCollector.Start();
        await using var souk = new SoukProcess(database.Owner, new(Street.Settings)
        {
            ["Telemetry:OtlpEndpoint"] = collector.Url,
            // Not as rarely as in production.
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
        });
        await souk.Start();
        var street = new Street(souk.Client);
        var lamp = await (await street.Seller()).Sells(1999, 10);
        await street.OnSale(lamp);
        var (trace, caller) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        using var buyer = street.Guest();
        buyer.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{caller}-01");

        await buyer.Buys(HttpStatusCode.Created, ("card", "tok_success"), (lamp, 1));

        await Eventually(() =>
        {
            var spans = collector.Spans(trace);
            var request = Assert.Single(spans, span => span.Parent == caller);
            Assert.Equal("POST /orders", request.Name);
            // Each hangs below the request: an event carries the trace of its first cause.
            Assert.Empty(Steps.Except(spans.Where(span => span.Parent == request.Id).Select(span => span.Name)));
            Assert.Contains("http.server.request.duration", collector.Text("metrics"), StringComparison.Ordinal);
            Assert.Contains("Now listening on", collector.Text("logs"), StringComparison.Ordinal);
            return Task.CompletedTask;
        });
    }
}
