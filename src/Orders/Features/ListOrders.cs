using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Orders.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Lists orders, newest first: a buyer's own, a seller's with a part of theirs (that part only), for staff all. Read
/// from indexes in the order of ids, which is the order of creation.
/// </summary>
internal static class ListOrders
{
    public static void Map(IEndpointRouteBuilder orders) => orders.MapGet("", Handle)
        .RequireSignIn()
        .WithSummary("List orders")
        .WithDescription("""
            Buyers see their own orders; members of a company also those with a part of theirs, and of these that part
            only; who sells in one shop only, the lines of that shop; staff see all. With company_id only those with a
            part of that company. Sorted by created_at; the default is -created_at.
            """)
        .Problems("400 unknown_sort", "400 invalid_cursor", "403 forbidden", "422 unknown_status")
        .WithExample(response: new Page<OrderSummary>([OrderSummary.Example], null));

    private static async Task<Ok<Page<OrderSummary>>> Handle(
        PageRequest page, Caller caller, OrdersDb db, CancellationToken ct,
        string? status = null,
        string? number = null,
        [FromQuery(Name = "created_after")] DateTimeOffset? createdAfter = null,
        [FromQuery(Name = "created_before")] DateTimeOffset? createdBefore = null,
        [FromQuery(Name = "company_id")] Guid? companyId = null)
    {
        Demand(caller, companyId);
        var descending = page.Sort("-created_at", "created_at") == "-created_at";
        var filter = OrderFilter.Of(
            status is null ? null : Words.Of(StatusWord.Parse(status, "?status")), number, createdAfter, createdBefore,
            page.After?.Get<Guid>(0), descending, page.Take);

        var ids = await Ids(db, caller, companyId is null ? caller.Buys : null, companyId, filter, ct);
        // Who sees one shop only sees the sums of its lines; the others need none of them.
        var orders = caller.Shops.Count > 0 ? [.. (await db.Read(ids, ct)).Values] : await WithParts(db, ids, ct);
        var sorted = orders.OrderBy(order => Array.IndexOf(ids, order.Id)).ToArray();
        return TypedResults.Ok(page.Result(
            sorted, order => [order.Id], order => OrderSummary.Of(order, Sight.Of(order, caller)!)));
    }

    private static async Task<List<Order>> WithParts(OrdersDb db, Guid[] ids, CancellationToken ct)
    {
        var orders = await db.Query(
            $"select {OrderRows.Columns} from orders o where o.id = any($1)", OrderRows.Order, ct, ids);
        var all = await db.Query(
            $"select {OrderRows.PartColumns} from order_parts where order_id = any($1) order by id", OrderRows.Part, ct, ids);
        var parts = all.ToLookup(part => part.OrderId);
        foreach (var order in orders)
            order.Parts.AddRange(parts[order.Id]);
        return orders;
    }

    /// <exception cref="RuleException">The company's orders are not the caller's to see: 403.</exception>
    public static void Demand(Caller caller, Guid? companyId)
    {
        if (companyId is { } company && !caller.Can(Permissions.OrdersRead, company))
            throw new RuleException(403, "forbidden", "You may not see the orders of this company.");
    }

    /// <summary>The ids of a page.</summary>
    /// <param name="db">In a read.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="buys">The account whose own orders are among them; null when none are.</param>
    /// <param name="companyId">Only those with a part of this company.</param>
    /// <param name="filter">What was asked for.</param>
    /// <param name="ct">Ends the read.</param>
    public static async Task<Guid[]> Ids(
        OrdersDb db, Caller caller, Guid? buys, Guid? companyId, OrderFilter filter, CancellationToken ct)
    {
        var staff = caller.Can(Permissions.OrdersRead);
        if (companyId is null && staff)
            return
            [
                .. await db.Query(
                    $"select o.id from orders o where {OrderFilter.Where(1, "o.status")} {filter.Page}",
                    row => row.GetGuid(0), ct, filter.Arguments),
            ];

        // A company with many orders is read along its index, to the end of the page; what several give is merged.
        Guid[] companies = companyId is { } one ? [one] : caller.CompaniesWith(Permissions.OrdersRead);
        return [.. await db.Query($"""
            select distinct id from (
                (select o.id from orders o where o.account_id = $1 and {OrderFilter.Where(4, "o.status")} {filter.Page})
                union all
                select theirs.id from unnest($2::uuid[], $9::uuid[]) as c(id, shop) cross join lateral (
                    select o.id from order_parts p join orders o on o.id = p.order_id
                     where p.company_id = c.id and (o.confirmed_at is not null or $3)
                       and (c.shop is null or exists (
                           select 1 from order_lines l
                            where l.order_id = p.order_id and l.part_id = p.id and l.shop_id = c.shop))
                       and {OrderFilter.Where(4, PartStatusSql)}
                     {filter.Page}) as theirs) as o
             {filter.Page}
            """,
            row => row.GetGuid(0), ct,
            [
                Pg.Uuid(buys), companies, staff, .. filter.Arguments,
                Pg.Uuids(caller.OnlyShops(Permissions.OrdersRead, companies)),
            ])];
    }

    // Where the seller's part stands: the same that Order.StatusOf says.
    private const string PartStatusSql =
        "case when o.status in ('pending', 'awaiting_payment', 'cancelled') then o.status else p.status end";
}

/// <summary>An order in a list; for a seller it has their part only.</summary>
/// <param name="Id">The order.</param>
/// <param name="Number">The number people use.</param>
/// <param name="Status">Where it stands; for a seller, where their part stands.</param>
/// <param name="CreatedAt">When it was placed.</param>
/// <param name="ConfirmedAt">When the sale was made.</param>
/// <param name="CapturedAt">When its money was taken.</param>
/// <param name="AccountId">The buyer; null for a guest, and for sellers.</param>
/// <param name="Country">Where it goes.</param>
/// <param name="Total">Sum over the parts shown.</param>
/// <param name="Parts">One per seller.</param>
public sealed record OrderSummary(
    Guid Id,
    string Number,
    OrderStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ConfirmedAt,
    DateTimeOffset? CapturedAt,
    Guid? AccountId,
    string Country,
    Money Total,
    OrderSummaryPart[] Parts)
{
    internal static readonly OrderSummary Example = new(
        Examples.OrderId, "100042", OrderStatus.Shipped, Examples.Noon, Examples.Noon, Examples.Noon, null, "DE",
        Examples.Totals.Total,
        [
            new OrderSummaryPart(
                Examples.PartId, Examples.CompanyId, OrderStatus.Shipped, Examples.Totals.Total, "DHL", "JD0142"),
        ]);

    internal static OrderSummary Of(Order order, Sight sight)
    {
        var parts = sight.Parts(order);
        return new OrderSummary(
            order.Id,
            OrderNumber.Of(order.Number),
            sight.IsSeller ? order.StatusOf(parts) : order.Status,
            order.CreatedAt,
            order.ConfirmedAt,
            order.CapturedAt,
            sight.IsSeller ? null : order.AccountId,
            order.Country,
            new Money(parts.Sum(part => part.TotalMinor), order.Currency),
            [.. parts.Select(part => new OrderSummaryPart(
                part.Id, part.CompanyId, order.StatusOf(part), new Money(part.TotalMinor, order.Currency), part.Carrier,
                part.TrackingNumber))]);
    }
}

/// <summary>A part of an order in a list.</summary>
/// <param name="Id">The part.</param>
/// <param name="CompanyId">The seller.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Total">What the buyer pays for it.</param>
/// <param name="Carrier">Who carries it.</param>
/// <param name="TrackingNumber">The carrier's number.</param>
public sealed record OrderSummaryPart(
    Guid Id, Guid CompanyId, OrderStatus Status, Money Total, string? Carrier, string? TrackingNumber);
