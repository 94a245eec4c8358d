using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>Suspends and activates accounts, and gives staff their roles. Staff only.</summary>
internal static class Accounts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var accounts = routes.MapGroup("/accounts").WithTags("Accounts");
        accounts.MapPost("/{id:guid}/suspend", Suspend).RequirePermission(Permissions.AccountsManage).Idempotent()
            .WithSummary("Suspend an account")
            .WithDescription("It cannot sign in any more, and all its tokens end within five seconds.")
            .Problems("account_move", "own_account")
            .WithExample(new SuspendRequest("Sold what was not there."));
        accounts.MapPut("/{id:guid}/role", ChangeRole).RequirePermission(Permissions.AccountsManage)
            .WithSummary("Give a member of staff another role")
            .WithDescription("Of those in `GET /roles?scope=marketplace` that may no more than you. It holds within five seconds.")
            .Problems("not_staff", "own_account", "422 unknown_role", "403 forbidden", "412 stale")
            .WithExample(new StaffRoleRequest("support"));
        accounts.MapPost("/{id:guid}/activate", Activate).RequirePermission(Permissions.AccountsManage).Idempotent()
            .WithSummary("Activate a suspended account")
            .Problems("account_move");
    }

    private static async Task<NoContent> Suspend(
        Guid id, SuspendRequest request, Caller caller, IdentityDb db, Sessions sessions, CancellationToken ct)
    {
        var account = await FindBelow(id, caller, db, ct);
        if (!account.Suspend(request.Reason))
            throw Move(account, AccountStatus.Suspended);
        sessions.EndAll(db, id, "account suspended");
        Changed(db, account, caller, "account.suspend", AccountStatus.Active, request.Reason);
        return TypedResults.NoContent();
    }

    private static async Task<AccountResponse> ChangeRole(
        Guid id, StaffRoleRequest request, Caller caller, IdentityDb db, Sessions sessions, HttpContext http, CancellationToken ct)
    {
        var account = await FindBelow(id, caller, db, ct);
        ETag.Check(http, account.Version);
        if (account.Kind != AccountKind.Staff)
            throw new RuleException("not_staff", "Only staff have a role of the marketplace. Invite one: POST /accounts.");
        await db.CheckGivesToStaff(caller, request.Role, ct);
        var before = account.StaffRole;
        account.StaffRole = request.Role;
        sessions.TokensEnd(db, id);
        db.Audit(
            caller, "account.role", "account", id, before: new { Role = before }, after: new { Role = account.StaffRole });
        ETag.Set(http, account);
        return AccountResponse.Of(account, before == account.StaffRole ? account.Version : account.Version + 1);
    }

    private static async Task<NoContent> Activate(Guid id, Caller caller, IdentityDb db, CancellationToken ct)
    {
        var account = await FindBelow(id, caller, db, ct);
        if (!account.Activate())
            throw Move(account, AccountStatus.Active);
        Changed(db, account, caller, "account.activate", AccountStatus.Suspended, null);
        return TypedResults.NoContent();
    }

    private static void Changed(IdentityDb db, Account account, Caller caller, string action, string before, string? reason)
    {
        db.Audit(caller, action, "account", account.Id, before: new { Status = before }, after: new { account.Status }, reason: reason);
        db.Publish(() => account.Changed());
    }

    /// <summary>An account that the caller may act upon: not their own, and nobody's of the staff who may more than they do.</summary>
    /// <exception cref="RuleException">404; 409 <c>own_account</c>; 403 <c>forbidden</c>.</exception>
    internal static async Task<Account> FindBelow(Guid id, Caller caller, IdentityDb db, CancellationToken ct)
    {
        var account = await db.Accounts.SingleOrDefaultAsync(a => a.Id == id, ct) ?? throw RuleException.NotFound();
        if (id == caller.AccountId)
            throw new RuleException("own_account", "This is your own account. Ask a colleague.");
        if (account.StaffRole is { } role && !(await db.StaffPermissions(role, ct) ?? []).All(caller.Can))
            throw new RuleException(403, "forbidden", "This colleague may more than you. Ask an administrator.");
        return account;
    }

    private static RuleException Move(Account account, string next) =>
        new("account_move", $"An account that is {account.Status} cannot become {next}.") { More = { ["state"] = account.Status } };
}

/// <summary>The role of a member of staff.</summary>
/// <param name="Role">A role of <c>GET /roles?scope=marketplace</c>.</param>
public sealed record StaffRoleRequest([Required, StringLength(50)] string Role);

/// <summary>Why it is suspended.</summary>
/// <param name="Reason">A sentence for those concerned and for the audit trail.</param>
public sealed record SuspendRequest([Required, StringLength(500), RegularExpression(Patterns.OneLine)] string Reason);
