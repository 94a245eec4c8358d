using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.SignIn;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>The caller's own account: read, change, close. Staff read others'.</summary>
internal static class Profile
{
    private const int OrdersShown = 10;

    public static void Map(IEndpointRouteBuilder profile)
    {
        profile.MapGet("/me", Get).RequireSignIn().WithSummary("Your own profile").Problems("403 api_key_not_allowed");
        profile.MapPut("/me", Put).RequireSignIn()
            .WithSummary("Change your own profile")
            .WithDescription("""
                Replaces what you may set. Another `email` needs `current_password`, and holds once the link mailed to it was
                opened; the present address is told. The answer does not tell whether the new one has an account.
                """)
            .Problems("username_taken", "403 reauthentication_required", "403 api_key_not_allowed", "412 stale",
                "422 invalid_email", "422 invalid_username", "429 too_many_attempts", "429 busy_hashing")
            .WithExample(new ProfileRequest("Ann", "Lee", Username: "ann", Locale: "en-GB"));
        profile.MapDelete("/me", Delete).RequireSignIn()
            .WithSummary("Close your own account")
            .WithDescription("""
                Signs out everywhere and erases who you are; orders and money keep the account's id. Refused while an order of
                yours is under way.
                """)
            .Problems("last_owner", "orders_open", "403 api_key_not_allowed", "412 stale");
        profile.MapGet("/{userId:guid}", GetOther).RequirePermission(Permissions.AccountsRead).WithSummary("Anybody's profile");
    }

    internal static async Task<AccountResponse> Get(Caller caller, IdentityDb db, HttpContext http, CancellationToken ct) =>
        await Show(caller.Person(), db, http, ct);

    private static async Task<AccountResponse> GetOther(Guid userId, IdentityDb db, HttpContext http, CancellationToken ct) =>
        await Show(userId, db, http, ct);

    internal static async Task<AccountResponse> Put(
        ProfileRequest request, Caller caller, IdentityDb db, ProfileChanges changes, HttpContext http, CancellationToken ct)
    {
        var id = caller.Person();
        if (request.Email is not null)
            await changes.CheckPassword(caller, request.Email, request.CurrentPassword, ct);
        var account = await db.Accounts.SingleOrDefaultAsync(a => a.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, account.Version);
        await changes.Apply(account, request, ct);
        ETag.Set(http, account);
        return AccountResponse.Of(account, db.Entry(account).State == EntityState.Modified ? account.Version + 1 : account.Version);
    }

    private static async Task<NoContent> Delete(Caller caller, IdentityDb db, Sessions sessions, HttpContext http, CancellationToken ct)
    {
        var id = caller.Person();
        var account = await db.Accounts.SingleOrDefaultAsync(a => a.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, account.Version);
        await CheckNoOpenOrders(id, db, ct);
        foreach (var company in await db.Members.Where(m => m.AccountId == id).Select(m => m.CompanyId).Order().ToListAsync(ct))
            await Members.Leave(db, company, id, ct);
        account.Close();
        db.Run("delete from addresses where account_id = $1", id);
        db.Run("delete from totp where account_id = $1", id);
        db.Run("update link_requests set used_at = now(), email = null where account_id = $1", id);
        sessions.EndAll(db, id, "account closed");
        db.Publish(() => account.Changed());
        return TypedResults.NoContent();
    }

    private static async Task CheckNoOpenOrders(Guid id, IdentityDb db, CancellationToken ct)
    {
        var open = await db.Query(
            "select distinct order_id from open_orders where account_id = $1 order by order_id limit $2",
            row => row.GetGuid(0), ct, id, OrdersShown);
        if (open.Count > 0)
            throw new RuleException(
                "orders_open", "You have orders under way. Wait until they are delivered, or cancel them, then close the account.")
            {
                More = { ["orders"] = open },
            };
    }

    private static async Task<AccountResponse> Show(Guid id, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        var account = await db.Accounts.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, account.Version);
        return AccountResponse.Of(account);
    }
}

/// <summary>What a person may set of the profile.</summary>
/// <param name="FirstName">First name.</param>
/// <param name="LastName">Last name.</param>
/// <param name="Phone">Phone number.</param>
/// <param name="Locale">Language of mails, BCP 47.</param>
/// <param name="Username">A name to sign in with; null takes it away.</param>
/// <param name="Email">A new address; null leaves it.</param>
/// <param name="CurrentPassword">Needed for a new address.</param>
public sealed record ProfileRequest(
    [StringLength(100), RegularExpression(Patterns.OneLine)] string FirstName,
    [StringLength(100), RegularExpression(Patterns.OneLine)] string LastName,
    [RegularExpression(Patterns.Phone)] string? Phone = null,
    [RegularExpression(Patterns.Locale)] string? Locale = null,
    [StringLength(40)] string? Username = null,
    [StringLength(320)] string? Email = null,
    [StringLength(4096)] string? CurrentPassword = null);
