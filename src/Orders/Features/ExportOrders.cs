using System.Globalization;
using CsvHelper;
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

    // A title that begins with "=" is a formula to a spreadsheet: an apostrophe makes it a text there.
    private static readonly CsvWriterOptions Csv = new() { Injection = CsvInjection.Escape };

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
        .Produces<string>(StatusCodes.Status200OK, "text/csv")
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
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"orders.csv\"";
        await using var csv = CsvWriter.Create(http.Response.Body, Csv, leaveOpen: true);
        await csv.WriteRecordAsync(Columns, ct);
        Guid? last = null;
        while (true)
        {
            var filter = OrderFilter.Of(
                word, number: null, createdAfter, createdBefore, last, descending: false, OrdersAPage);
            var ids = await ListOrders.Ids(db, caller, buys: null, companyId, filter, ct);
            foreach (var order in (await db.ReadWithCounts(ids, ct)).OrderBy(order => order.Id))
                await Write(csv, order, Sight.Of(order, caller)!, companyId, ct);
            await csv.FlushAsync(ct);
            if (ids.Length < OrdersAPage)
                return;
            last = ids[^1];
        }
    }

    private static async Task Write(CsvWriter csv, Order order, Sight sight, Guid? companyId, CancellationToken ct)
    {
        var parts = sight.Parts(order).Where(part => companyId is null || part.CompanyId == companyId);
        foreach (var part in parts)
            foreach (var line in part.Lines.OrderBy(line => line.Position))
                await csv.WriteRecordAsync(Fields(order, part, line, order.PiecesOf(part, line), sight), ct);
    }

    private static string[] Fields(Order order, OrderPart part, OrderLine line, Pieces pieces, Sight sight)
    {
        return
        [
            OrderNumber.Of(order.Number), order.Id.ToString(),
            order.CreatedAt.ToString("O", CultureInfo.InvariantCulture),
            Words.Of(sight.IsSeller ? order.StatusOf(part) : order.Status), part.Id.ToString(),
            Words.Of(order.StatusOf(part)), part.CompanyId.ToString(), order.Country, order.Postcode,
            line.Id.ToString(),
            line.OfferId.ToString(), line.Sku, line.Title, Number(line.Quantity), Number(pieces.TakenOff),
            Number(pieces.Shipped), Number(pieces.Returned),
            order.Currency, Major(line.UnitPriceMinor), Major(line.DiscountMinor), Major(line.DeliveryMinor),
            Major(line.TaxMinor), Major(line.TotalMinor), Major(pieces.RefundMinor), part.Carrier ?? "",
            part.TrackingNumber ?? "",
        ];

        string Major(long minor) => Currencies.ToMajor(minor, order.Currency)
            .ToString($"F{Currencies.Digits(order.Currency)}", CultureInfo.InvariantCulture);

        static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
