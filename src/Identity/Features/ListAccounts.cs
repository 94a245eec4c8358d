using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>Finds accounts: by what somebody typed, by their kind, state, role, company or age. Staff only.</summary>
internal static partial class ListAccounts
{
    private const string Escape = @"\";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/accounts", Handle)
        .RequirePermission(Permissions.AccountsRead)
        .WithTags("Accounts")
        .WithSummary("All accounts")
        .WithDescription("""
            `q` finds what begins so: an address, a username, a first or last name, both names; or an id. Filter by `kind`, `status`,
            `role` (of staff), `company_id` (its members), exact `email` or `username`, and `created_from` and `created_to`. Sort by
            `created_at` or `email`.
            """)
        .Problems("422 end_before_start");

    private static async Task<Page<AccountResponse>> Handle(
        [AsParameters] AccountsQuery query, IdentityDb db, PageRequest page, CancellationToken ct)
    {
        if (query.CreatedFrom >= query.CreatedTo)
            throw RuleException.Invalid("?created_to", "end_before_start", "The end is before the start.");
        var accounts = Found(Filtered(db, query), query.Q?.Trim());
        var sort = page.Sort("-created_at", "created_at", "email", "-email");
        if (sort is "email" or "-email")
        {
            var sorted = await ByEmail(accounts, page, isDescending: sort == "-email").ToListAsync(ct);
            return page.Result(sorted, a => [a.EmailKey ?? "", a.Id], a => AccountResponse.Of(a));
        }
        var rows = await accounts.InOrder(page, a => a.CreatedAt, a => a.Id).ToListAsync(ct);
        return page.Result(rows, a => [a.CreatedAt, a.Id], a => AccountResponse.Of(a));
    }

    private static IQueryable<Account> Filtered(IdentityDb db, AccountsQuery query)
    {
        var accounts = db.Accounts.AsNoTracking();
        if (query.Kind is { } kind)
            accounts = accounts.Where(a => a.Kind == kind);
        if (query.Status is { } status)
            accounts = accounts.Where(a => a.Status == status);
        if (query.Role is { } role)
            accounts = accounts.Where(a => a.StaffRole == role);
        if (query.CompanyId is { } company)
            accounts = accounts.Where(a => db.Members.Any(m => m.CompanyId == company && m.AccountId == a.Id));
        if (query.Email is { } email)
            accounts = accounts.Where(a => a.EmailKey == Emails.Key(email));
        if (query.Username is { } username)
            accounts = accounts.Where(a => a.UsernameKey == Usernames.Key(username));
        if (query.CreatedFrom?.ToUniversalTime() is { } from)
            accounts = accounts.Where(a => a.CreatedAt >= from);
        if (query.CreatedTo?.ToUniversalTime() is { } to)
            accounts = accounts.Where(a => a.CreatedAt < to);
        return accounts;
    }

    private static IQueryable<Account> Found(IQueryable<Account> accounts, string? typed)
    {
        if (string.IsNullOrEmpty(typed))
            return accounts;
        if (Guid.TryParse(typed, out var id))
            return accounts.Where(a => a.Id == id);
        var begins = Wildcards().Replace(typed.ToLowerInvariant(), Escape + "$0") + "%";
        return accounts.Where(a =>
            EF.Functions.Like(a.Email!.ToLower(), begins, Escape) || EF.Functions.Like(a.UsernameKey!, begins, Escape)
            || EF.Functions.Like(a.LastName.ToLower(), begins, Escape)
            || EF.Functions.Like(a.FirstName.ToLower(), begins, Escape)
            || EF.Functions.Like((a.FirstName + " " + a.LastName).ToLower(), begins, Escape));
    }

    [GeneratedRegex(@"[\\%_]")]
    private static partial Regex Wildcards();

    // Closed accounts have no address: they come first, or last.
    private static IQueryable<Account> ByEmail(IQueryable<Account> accounts, PageRequest page, bool isDescending)
    {
        if (page.After is { } after)
        {
            var (email, id) = (after.Get<string>(0), after.Get<Guid>(1));
            accounts = isDescending
                ? accounts.Where(a => EF.Functions.LessThan(ValueTuple.Create(a.EmailKey ?? "", a.Id), ValueTuple.Create(email, id)))
                : accounts.Where(a => EF.Functions.GreaterThan(ValueTuple.Create(a.EmailKey ?? "", a.Id), ValueTuple.Create(email, id)));
        }
        var ordered = isDescending
            ? accounts.OrderByDescending(a => a.EmailKey ?? "").ThenByDescending(a => a.Id)
            : accounts.OrderBy(a => a.EmailKey ?? "").ThenBy(a => a.Id);
        return ordered.Take(page.Take);
    }
}

/// <summary>What accounts are looked for.</summary>
/// <param name="Q">The beginning of an address, a username or a name; or an id.</param>
/// <param name="Kind">Of this kind.</param>
/// <param name="Status">In this state.</param>
/// <param name="Role">Staff with this role.</param>
/// <param name="CompanyId">Members of this company.</param>
/// <param name="Email">With exactly this address.</param>
/// <param name="Username">With exactly this username.</param>
/// <param name="CreatedFrom">Made from then on.</param>
/// <param name="CreatedTo">Made before.</param>
// The rules stand on the properties: on the parameters the OpenAPI generator of this version fails on them.
public sealed record AccountsQuery(
    [FromQuery(Name = "q")][property: StringLength(200)] string? Q,
    [FromQuery(Name = "kind")][property: StringLength(20)] string? Kind,
    [FromQuery(Name = "status")][property: StringLength(20)] string? Status,
    [FromQuery(Name = "role")][property: StringLength(50)] string? Role,
    [FromQuery(Name = "company_id")] Guid? CompanyId,
    [FromQuery(Name = "email")][property: StringLength(320)] string? Email,
    [FromQuery(Name = "username")][property: StringLength(40)] string? Username,
    [FromQuery(Name = "created_from")] DateTimeOffset? CreatedFrom,
    [FromQuery(Name = "created_to")] DateTimeOffset? CreatedTo);
