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

/// <summary>Companies: their members see and change them, staff see all, approve and suspend.</summary>
internal static class Companies
{
    public static void Map(IEndpointRouteBuilder companies)
    {
        companies.MapGet("", List).RequireSignIn()
            .WithSummary("Companies")
            .WithDescription("Yours; staff see all. Filter by `status` and `kind`.");
        companies.MapPost("", Create).RequireSignIn().Idempotent()
            .WithSummary("Found a company")
            .WithDescription("You become its owner. Refresh your token: it tells what you may for the company.")
            .Problems("403 forbidden", "403 api_key_not_allowed", "too_many_companies", "shop_name_taken")
            .WithExample(new CompanyRequest("Lamps of Ann", "DE", ShopName: "Ann's Lamps"));
        companies.MapGet("/{id:guid}", Get).RequireSignIn().WithSummary("One company");
        companies.MapPut("/{id:guid}", Put).RequirePermission(Permissions.CompanyManage)
            .WithSummary("Change a company")
            .Problems("412 stale");
        companies.MapPost("/{id:guid}/approve", Approve).RequirePermission(Permissions.CompaniesApprove).Idempotent()
            .WithSummary("Approve a company, or end its suspension")
            .Problems("company_move");
        companies.MapPost("/{id:guid}/suspend", Suspend).RequirePermission(Permissions.CompaniesApprove).Idempotent()
            .WithSummary("Suspend a company")
            .WithDescription("Its members still see its orders; they trade no more.")
            .Problems("company_move")
            .WithExample(new SuspendRequest("Sold what was not there."));
    }

    private const int MembershipsMax = 50;

    /// <summary>The companies a caller sees: their own, for staff all.</summary>
    public static IQueryable<Company> VisibleTo(this IQueryable<Company> companies, Caller caller)
    {
        if (caller.Can(Permissions.CompaniesApprove) || caller.Can(Permissions.AccountsRead))
            return companies;
        var own = caller.Companies.Keys.ToArray();
        return companies.Where(c => own.Contains(c.Id));
    }

    /// <summary>A company for which the caller has the permission.</summary>
    /// <exception cref="RuleException">404 when the caller does not see it, 403 when they may not.</exception>
    public static async Task<Company> Find(Guid id, string permission, Caller caller, IdentityDb db, CancellationToken ct)
    {
        var company = await db.Companies.VisibleTo(caller).SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw RuleException.NotFound();
        return caller.Can(permission, id) ? company : throw new RuleException(403, "forbidden", "Your role in this company may not do this.");
    }

    private static async Task<Page<CompanyResponse>> List(
        Caller caller, IdentityDb db, PageRequest page, string? status, string? kind, CancellationToken ct)
    {
        var companies = db.Companies.AsNoTracking().VisibleTo(caller);
        if (status is not null)
            companies = companies.Where(c => c.Status == status);
        if (kind is not null)
            companies = companies.Where(c => c.Kind == kind);
        var rows = await companies.InOrder(page, c => c.CreatedAt, c => c.Id).ToListAsync(ct);
        return page.Result(rows, c => [c.CreatedAt, c.Id], c => CompanyResponse.Of(c));
    }

    private static async Task<CompanyResponse> Get(Guid id, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        var company = await db.Companies.AsNoTracking().VisibleTo(caller).SingleOrDefaultAsync(c => c.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, company.Version);
        return CompanyResponse.Of(company);
    }

    private static async Task<Created<CompanyResponse>> Create(
        CompanyRequest request, Caller caller, IdentityDb db, Founding founding, HttpContext http, CancellationToken ct)
    {
        var account = caller.Person();
        Founding.CheckFounder(caller.Kind);
        if (await db.Members.CountAsync(m => m.AccountId == account, ct) >= MembershipsMax)
            throw new RuleException("too_many_companies", $"An account is a member of at most {MembershipsMax} companies.");
        var kind = request.Kind ?? (caller.Kind == AccountKind.Warehouse ? Company.WarehouseOperator : Company.Seller);
        var (company, _) = await founding.Found(account, kind, request.Name, request.ShopName, request.Country, request.TaxId, request.Phone, ct);
        Fill(company, request);
        db.Audit(caller, "company.found", "company", company.Id, company.Id, after: new { company.Name, company.Kind, company.Status });
        ETag.Set(http, company);
        return TypedResults.Created($"/companies/{company.Id}", CompanyResponse.Of(company, 1));
    }

    internal static async Task<CompanyResponse> Put(
        Guid id, ChangeCompanyRequest request, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        var company = await Find(id, Permissions.CompanyManage, caller, db, ct);
        ETag.Check(http, company.Version);
        var before = new { company.Name, company.Country, company.TaxId };
        (company.Name, company.Country) = (request.Name, request.Country);
        Fill(company, new CompanyRequest(
            request.Name, request.Country, null, request.TaxId, request.Phone, request.Line1, request.Line2, request.City, request.Region, request.Postcode));
        db.Audit(caller, "company.change", "company", id, id, before, new { company.Name, company.Country, company.TaxId });
        var isChanged = db.Entry(company).State == EntityState.Modified;
        if (isChanged)
            db.Publish(() => company.Changed());
        ETag.Set(http, company);
        return CompanyResponse.Of(company, isChanged ? company.Version + 1 : company.Version);
    }

    private static Task<NoContent> Approve(Guid id, Caller caller, IdentityDb db, Sessions sessions, CancellationToken ct) =>
        Move(id, CompanyStatus.Approved, null, caller, db, sessions, ct);

    private static Task<NoContent> Suspend(Guid id, SuspendRequest request, Caller caller, IdentityDb db, Sessions sessions, CancellationToken ct) =>
        Move(id, CompanyStatus.Suspended, request.Reason, caller, db, sessions, ct);

    private static async Task<NoContent> Move(
        Guid id, string next, string? reason, Caller caller, IdentityDb db, Sessions sessions, CancellationToken ct)
    {
        // The company first, then its members' accounts: the order in which whoever removes a member locks them.
        Members.Lock(db, id);
        var company = await Find(id, Permissions.CompaniesApprove, caller, db, ct);
        var before = company.Status;
        company.MoveTo(next, reason);
        // Its members may less, or, after a suspension, more: their next token says so.
        if (next == CompanyStatus.Suspended || before == CompanyStatus.Suspended)
            sessions.TokensEnd(db, await db.Members.Where(m => m.CompanyId == id).Select(m => m.AccountId).ToArrayAsync(ct));
        db.Audit(caller, next == CompanyStatus.Suspended ? "company.suspend" : "company.approve", "company", id, id,
            new { Status = before }, new { company.Status }, reason);
        db.Publish(() => company.Changed());
        return TypedResults.NoContent();
    }

    private static void Fill(Company company, CompanyRequest request)
    {
        (company.TaxId, company.Phone) = (request.TaxId, request.Phone);
        (company.Line1, company.Line2, company.City, company.Region, company.Postcode) =
            (request.Line1, request.Line2, request.City, request.Region, request.Postcode);
    }
}

/// <summary>A company to found.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Country">Where it sits, ISO 3166-1 alpha-2.</param>
/// <param name="Kind"><c>seller</c> or <c>warehouse_operator</c>; by default what the account's kind suggests.</param>
/// <param name="TaxId">Its tax number.</param>
/// <param name="Phone">Its phone number.</param>
/// <param name="Line1">Street and number.</param>
/// <param name="Line2">More of the street.</param>
/// <param name="City">City.</param>
/// <param name="Region">State or province.</param>
/// <param name="Postcode">Postcode.</param>
/// <param name="ShopName">Name of a first shop.</param>
public sealed record CompanyRequest(
    [Required, StringLength(200), RegularExpression(Patterns.OneLine)] string Name,
    [Required, RegularExpression(Patterns.Country)] string Country,
    [AllowedValues("seller", "warehouse_operator", null)] string? Kind = null,
    [StringLength(50), RegularExpression(Patterns.OneLine)] string? TaxId = null,
    [RegularExpression(Patterns.Phone)] string? Phone = null,
    [StringLength(200), RegularExpression(Patterns.OneLine)] string? Line1 = null,
    [StringLength(200), RegularExpression(Patterns.OneLine)] string? Line2 = null,
    [StringLength(100), RegularExpression(Patterns.OneLine)] string? City = null,
    [StringLength(100), RegularExpression(Patterns.OneLine)] string? Region = null,
    [StringLength(20), RegularExpression(Patterns.OneLine)] string? Postcode = null,
    [StringLength(200, MinimumLength = 1), RegularExpression(Patterns.OneLine)] string? ShopName = null);

/// <summary>What its members may set of a company.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Country">Where it sits, ISO 3166-1 alpha-2.</param>
/// <param name="TaxId">Its tax number.</param>
/// <param name="Phone">Its phone number.</param>
/// <param name="Line1">Street and number.</param>
/// <param name="Line2">More of the street.</param>
/// <param name="City">City.</param>
/// <param name="Region">State or province.</param>
/// <param name="Postcode">Postcode.</param>
public sealed record ChangeCompanyRequest(
    [Required, StringLength(200), RegularExpression(Patterns.OneLine)] string Name,
    [Required, RegularExpression(Patterns.Country)] string Country,
    [StringLength(50), RegularExpression(Patterns.OneLine)] string? TaxId = null,
    [RegularExpression(Patterns.Phone)] string? Phone = null,
    [StringLength(200), RegularExpression(Patterns.OneLine)] string? Line1 = null,
    [StringLength(200), RegularExpression(Patterns.OneLine)] string? Line2 = null,
    [StringLength(100), RegularExpression(Patterns.OneLine)] string? City = null,
    [StringLength(100), RegularExpression(Patterns.OneLine)] string? Region = null,
    [StringLength(20), RegularExpression(Patterns.OneLine)] string? Postcode = null);
