using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Orders.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Orders as a file for a spreadsheet, a row for each line: a seller's own parts, for staff all. Written page by page
/// while it is read, so its length costs no memory and holds no connection.
/// </summary>
internal static class ExportOrders
{
    private const int OrdersAPage = 200;

    private static readonly string[] Columns =
    [
        "order_number", "order_id", "created_at", "status", "part_id", "part_status", "company_id", "country",
        "postcode", "line_id", "offer_id", "sku", "title", "quantity", "taken_off", "shipped", "returned", "currency",
        "unit_price", "discount", "delivery", "tax", "total", "refund", "carrier", "tracking_number",
    ];

    public static void Map(IEndpointRouteBuilder orders) => orders.MapGet("/export", Handle)
        .RequirePermission(Permissions.OrdersRead)
        .Streams()
        .WithSummary("Export orders")
        .WithDescription("""
            CSV in UTF-8 with a header, oldest first, a row for each line; amounts in major units. The filters are
            those of GET /orders. Sellers get their own parts. Text that a spreadsheet would take for a formula begins
            with an apostrophe.
            """)
        .Produces<string>(StatusCodes.Status200OK, CsvFile.ContentType)
        .Problems("403 forbidden", "422 unknown_status");

    private static async Task Handle(
        HttpContext http, Caller caller, OrdersDb db, CancellationToken ct,
        string? status = null,
        [FromQuery(Name = "created_after")] DateTimeOffset? createdAfter = null,
        [FromQuery(Name = "created_before")] DateTimeOffset? createdBefore = null,
        [FromQuery(Name = "company_id")] Guid? companyId = null)
    {
        ListOrders.Demand(caller, companyId);
        var word = status is null ? null : Words.Of(StatusWord.Parse(status, "?status"));
        await CsvFile.Answer(http, "orders", Columns, Pages(), ct);

        async IAsyncEnumerable<IEnumerable<object?[]>> Pages()
        {
            Guid? last = null;
            Guid[] ids;
            do
            {
                var filter = OrderFilter.Of(
                    word, number: null, createdAfter, createdBefore, last, descending: false, OrdersAPage);
                ids = await ListOrders.Ids(db, caller, buys: null, companyId, filter, ct);
                var orders = await db.ReadWithCounts(ids, ct);
                yield return orders.OrderBy(order => order.Id)
                    .SelectMany(order => Rows(order, Sight.Of(order, caller)!, companyId));
                last = ids.LastOrDefault();
            }
            while (ids.Length == OrdersAPage);
        }
    }

    private static IEnumerable<object?[]> Rows(Order order, Sight sight, Guid? companyId) =>
        from part in sight.Parts(order)
        where companyId is null || part.CompanyId == companyId
        from line in part.Lines.OrderBy(line => line.Position)
        select Cells(order, part, line, order.PiecesOf(part, line), sight);

    private static object?[] Cells(Order order, OrderPart part, OrderLine line, Pieces pieces, Sight sight)
    {
        return
        [
            OrderNumber.Of(order.Number), order.Id, order.CreatedAt,
            Words.Of(sight.IsSeller ? order.StatusOf(part) : order.Status), part.Id,
            Words.Of(order.StatusOf(part)), part.CompanyId, order.Country, order.Postcode, line.Id, line.OfferId,
            line.Sku, line.Title, line.Quantity, pieces.TakenOff, pieces.Shipped, pieces.Returned, order.Currency,
            Major(line.UnitPriceMinor), Major(line.DiscountMinor), Major(line.DeliveryMinor), Major(line.TaxMinor),
            Major(line.TotalMinor), Major(pieces.RefundMinor), part.Carrier, part.TrackingNumber,
        ];

        string Major(long minor) => Currencies.ToMajor(minor, order.Currency)
            .ToString($"F{Currencies.Digits(order.Currency)}", CultureInfo.InvariantCulture);
    }
}
