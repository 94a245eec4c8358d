using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// Older names of the sign-in routes, with their own small bodies: <c>/user/…</c>, <c>/company/…</c> and the bare
/// <c>/register</c>, <c>/login</c>, <c>/logout</c>, <c>/refresh-token</c>. Each calls the feature of the canonical route.
/// </summary>
internal static class Aliases
{
    // CLDR's code for an unknown country: these bodies have none, and the company's profile can be completed.
    private const string CountryUnknown = "ZZ";

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (prefix, kind) in new[] { ("/user", AccountKind.Customer), ("/company", AccountKind.Company), ("", AccountKind.Customer) })
        {
            var group = routes.MapGroup(prefix).WithTags("Aliases");
            group.MapPost("/register", (AliasRegisterRequest request, Registration registration, CancellationToken ct) => Register(request, kind, registration, ct))
                .AllowGuests().Idempotent().Alias("POST /auth/register")
                .WithSummary("Register an account")
                .Problems("username_taken", "shop_name_taken", "422 unknown_user_type", "422 password_too_short",
                    "422 password_too_long", "422 password_common", "422 invalid_email", "422 invalid_username", "429 busy_hashing")
                .WithExample(new AliasRegisterRequest("ann", "ann@example.com", "three cups of mint tea"));
            group.MapPost("/login", Login)
                .AllowGuests().Alias("POST /auth/login")
                .WithSummary("Sign in")
                .Problems(
                    "401 invalid_credentials", "401 second_step_required", "403 account_suspended", "422 name_required",
                    "429 too_many_attempts", "429 busy_hashing")
                .WithExample(new AliasLoginRequest("three cups of mint tea", Username: "ann"));
            group.MapPost("/logout", Logout.Handle)
                .RequireSignIn().Alias("POST /auth/logout")
                .WithSummary("Sign out")
                .Problems("403 api_key_not_allowed");
            group.MapPost("/refresh-token", Refresh.Handle)
                .AllowGuests().Alias("POST /auth/refresh-token")
                .WithSummary("Take a refresh token for new tokens")
                .Problems("401 invalid_refresh_token", "401 refresh_token_reused");
            if (prefix.Length > 0)
                MapPasswords(group);
        }

        var user = routes.MapGroup("/user/profile").WithTags("Aliases");
        user.MapGet("", Profile.Get).RequireSignIn().Alias("GET /profile/me").WithSummary("Your own profile").Problems("403 api_key_not_allowed");
        user.MapPut("", Profile.Put).RequireSignIn().Alias("PUT /profile/me").WithSummary("Change your own profile")
            .Problems("username_taken", "403 reauthentication_required", "403 api_key_not_allowed", "412 stale",
                "422 invalid_email", "422 invalid_username", "429 too_many_attempts", "429 busy_hashing");

        var company = routes.MapGroup("/company/profile").WithTags("Aliases");
        company.MapGet("", GetCompany).RequireSignIn().Alias("GET /companies/{id}")
            .WithSummary("Your company")
            .WithDescription("A member of several says which by `?company_id=`.")
            .Problems("company_required", "404 not_found");
        company.MapPut("", PutCompany).RequireSignIn().Alias("PUT /companies/{id}")
            .WithSummary("Change your company")
            .WithDescription("A member of several says which by `?company_id=`.")
            .Problems("company_required", "403 forbidden", "404 not_found", "412 stale");
    }

    private static void MapPasswords(IEndpointRouteBuilder group)
    {
        group.MapPost("/password-reset-request", PasswordReset.Ask)
            .AllowGuests().Alias("POST /profile/password-reset-request")
            .WithSummary("Ask for a link to set a new password");
        group.MapPost("/password-reset", PasswordReset.Set)
            .AllowGuests().Alias("POST /profile/password-reset")
            .WithSummary("Set a new password with a mailed link")
            .Problems("422 invalid_link", "422 password_too_short", "422 password_too_long", "422 password_common",
                "429 busy_hashing");
    }

    private static async Task<Created<RegisterResponse>> Register(
        AliasRegisterRequest request, string kindOfRoute, Registration registration, CancellationToken ct)
    {
        var kind = request.UserType?.ToLowerInvariant() ?? kindOfRoute;
        if (!AccountKind.Registrable.Contains(kind))
            throw RuleException.Invalid("/user_type", "unknown_user_type", $"The user types are: {string.Join(", ", AccountKind.Registrable)}.");
        var name = request.CompanyName ?? request.Username;
        return TypedResults.Created("/profile/me", await registration.Run(
            new RegisterRequest(
                kind, request.Email, request.Password, request.Username, CompanyName: name,
                ShopName: kind == AccountKind.Shop ? name : null, Country: request.Country ?? CountryUnknown),
            ct));
    }

    private static Task<Results<Ok<LoginResponse>, Problem>> Login(
        AliasLoginRequest request, PasswordSignIn signIn, HttpContext http, CancellationToken ct)
    {
        if ((request.Email is null) == (request.Username is null))
            throw RuleException.Invalid("/username", "name_required", "Give either the username or the e-mail address.");
        return signIn.Run((request.Email ?? request.Username)!, request.Password, null, http.Connection.RemoteIpAddress, ct);
    }

    private static async Task<CompanyResponse> GetCompany(
        Caller caller, IdentityDb db, HttpContext http, CancellationToken ct, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "company_id")] Guid? companyId = null)
    {
        var id = await Which(companyId, caller, db, ct);
        var company = await db.Companies.AsNoTracking().SingleAsync(c => c.Id == id, ct);
        ETag.Set(http, company.Version);
        return CompanyResponse.Of(company);
    }

    private static async Task<CompanyResponse> PutCompany(
        ChangeCompanyRequest request, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "company_id")] Guid? companyId = null) =>
        await Companies.Put(await Which(companyId, caller, db, ct), request, caller, db, http, ct);

    /// <summary>The company that is meant: the named one, or the only one.</summary>
    private static async Task<Guid> Which(Guid? asked, Caller caller, IdentityDb db, CancellationToken ct)
    {
        if (asked is { } id)
            return caller.Companies.ContainsKey(id) ? id : throw RuleException.NotFound();
        if (caller.Companies.Count == 1)
            return caller.Companies.Keys.First();
        if (caller.Companies.Count == 0)
            throw RuleException.NotFound();
        var ids = caller.Companies.Keys.ToArray();
        var companies = await db.Companies.AsNoTracking().Where(c => ids.Contains(c.Id)).OrderBy(c => c.Id)
            .Select(c => new { c.Id, c.Name }).ToListAsync(ct);
        throw new RuleException("company_required", "You are a member of several companies. Say which by ?company_id=.")
        {
            More = { ["companies"] = companies },
        };
    }
}

/// <summary>Who registers.</summary>
/// <param name="Username">A name to sign in with.</param>
/// <param name="Email">Where mail goes.</param>
/// <param name="Password">15 to 256 characters of any kind.</param>
/// <param name="UserType"><c>Customer</c>, <c>Company</c>, <c>Shop</c>, <c>Warehouse</c> or <c>Affiliate</c>, in any case; by default what the route says.</param>
/// <param name="CompanyName">Name of the company that is founded; the username when left out.</param>
/// <param name="Country">Where the company sits, ISO 3166-1 alpha-2.</param>
public sealed record AliasRegisterRequest(
    [Required, StringLength(40)] string Username,
    [Required, StringLength(320)] string Email,
    [Required, StringLength(4096)] string Password,
    [StringLength(20)] string? UserType = null,
    [StringLength(200, MinimumLength = 1), RegularExpression(Patterns.OneLine)] string? CompanyName = null,
    [RegularExpression(Patterns.Country)] string? Country = null);

/// <summary>Who signs in.</summary>
/// <param name="Password">The password.</param>
/// <param name="Username">The username; or give the address.</param>
/// <param name="Email">The address; or give the username.</param>
public sealed record AliasLoginRequest(
    [Required, StringLength(4096)] string Password, [StringLength(320)] string? Username = null, [StringLength(320)] string? Email = null);
