using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts.Notifications;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Asks for one mail when an offer can be bought again. Everybody may, guests with an address. The answer is always the same: it
/// tells neither whether there is such an offer, nor whether somebody waits for it already. Who is signed in sees and ends theirs.
/// </summary>
internal static class WatchStock
{
    private const int OffersMax = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/notifications/back-in-stock", Watch)
            .AllowGuests()
            .Idempotent()
            .WithSummary("Be told when an offer is back in stock")
            .WithDescription($"One mail, once; at once where it can be bought already. Of more than {OffersMax} offers the latest "
                + "are kept.")
            .Problems("422 email_required")
            .WithExample(
                request: new WatchStockRequest(Guid.Parse("01936f5e-0000-7000-8000-000000000001"), "anna@example.com"));
        routes.MapGet("/notifications/back-in-stock", List)
            .RequireSignIn()
            .WithSummary("List what you wait for")
            .WithDescription("Of your account, the latest first.");
        routes.MapDelete("/notifications/back-in-stock/{id:guid}", End)
            .RequireSignIn()
            .WithSummary("Wait for an offer no longer")
            .WithDescription("The id is the offer's.");
    }

    private static async Task<Accepted<WatchStockResponse>> Watch(
        WatchStockRequest request, Caller caller, NotificationsDb db, CancellationToken ct)
    {
        if (request.Email is null && caller.AccountId is null)
            throw RuleException.Invalid("/email", "email_required", "Say where the mail goes, or sign in.");
        var (account, address) = request.Email is null ? (caller.AccountId, null) : ((Guid?)null, request.Email);
        await db.Execute("""
            insert into stock_watches (id, offer_id, account_id, address) values ($1, $2, $3, $4) on conflict do nothing
            """, ct, Guid.CreateVersion7(), request.OfferId, Pg.Uuid(account), Pg.Text(address));
        db.Run($"""
            delete from stock_watches where id in (
                select id from stock_watches
                 where told_at is null and (account_id = $1 or lower(address) = lower($2))
                 order by id desc offset {OffersMax})
            """, Pg.Uuid(account), Pg.Text(address));
        db.Publish(new StockWatched(request.OfferId));
        return TypedResults.Accepted((string?)null, new WatchStockResponse("watching"));
    }

    private static async Task<Page<StockWatch>> List(
        PageRequest page, Caller caller, NotificationsDb db, CancellationToken ct)
    {
        page.Sort("-created_at");
        var rows = await db.Query("""
            select id, offer_id, created_at from stock_watches
             where account_id = $1 and told_at is null and ($2::uuid is null or id < $2) order by id desc limit $3
            """,
            row => (Id: row.GetGuid(0), Watch: new StockWatch(row.GetGuid(1), row.GetFieldValue<DateTimeOffset>(2))),
            ct, caller.AccountId!.Value, Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return page.Result(rows, row => [row.Id], row => row.Watch);
    }

    private static async Task<NoContent> End(Guid id, Caller caller, NotificationsDb db, CancellationToken ct)
    {
        var ended = await db.Execute(
            "delete from stock_watches where account_id = $1 and offer_id = $2 and told_at is null", ct,
            caller.AccountId!.Value, id);
        return ended > 0 ? TypedResults.NoContent() : throw RuleException.NotFound();
    }
}

/// <summary>Somebody who waits for an offer.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="Email">Where the mail goes; who is signed in may leave it out.</param>
public sealed record WatchStockRequest(Guid OfferId, [property: EmailAddress, StringLength(254)] string? Email = null);

/// <summary>What everybody is answered.</summary>
/// <param name="Status"><c>watching</c>.</param>
public sealed record WatchStockResponse(string Status);

/// <summary>An offer that is waited for.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="CreatedAt">Since when.</param>
public sealed record StockWatch(Guid OfferId, DateTimeOffset CreatedAt);
