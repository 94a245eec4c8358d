using System.Buffers.Text;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
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
/// Keys with which programs act for a company, with some of the permissions of whoever made them. Owners make, see and
/// revoke them; a key itself makes none.
/// </summary>
internal static class ApiKeys
{
    private const int CountMax = 100;
    private const string Prefix = "souk_";
    private const int HintLength = 9; // the prefix and four more

    public static void Map(IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api-keys").WithTags("API keys");
        keys.MapGet("", List).RequirePermission(Permissions.ApiKeysManage)
            .WithSummary("API keys of your companies")
            .WithDescription("Filter by `company_id`. The keys themselves are never shown again.");
        // Not idempotent by key: the answer holds a secret, and stored answers must not.
        keys.MapPost("", Create).RequirePermission(Permissions.ApiKeysManage)
            .WithSummary("Make an API key")
            .WithDescription("The answer shows the key once. It may what `permissions` says, and never more than you may yourself, today or later.")
            .Problems("422 unknown_permission", "422 in_the_past", "too_many_keys", "403 api_key_not_allowed",
                "404 not_found")
            .WithExample(new CreateApiKeyRequest(Guid.Empty, "Stock sync", [Permissions.StockRead, Permissions.StockManage]));
        keys.MapDelete("/{id:guid}", Revoke).RequirePermission(Permissions.ApiKeysManage)
            .WithSummary("Revoke an API key")
            .WithDescription("It opens nothing any more after five seconds at most.");
    }

    private static async Task<Page<ApiKeyResponse>> List(
        Caller caller, IdentityDb db, PageRequest page, CancellationToken ct, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "company_id")] Guid? companyId = null)
    {
        var keys = db.ApiKeys.AsNoTracking();
        if (!caller.Can(Permissions.ApiKeysManage))
        {
            var own = caller.CompaniesWith(Permissions.ApiKeysManage);
            keys = keys.Where(k => own.Contains(k.CompanyId));
        }
        if (companyId is not null)
            keys = keys.Where(k => k.CompanyId == companyId);
        var rows = await keys.InOrder(page, k => k.CreatedAt, k => k.Id).ToListAsync(ct);
        return page.Result(rows, k => [k.CreatedAt, k.Id], ApiKeyResponse.Of);
    }

    private static async Task<Created<CreatedApiKeyResponse>> Create(
        CreateApiKeyRequest request, Caller caller, IdentityDb db, TimeProvider clock, CancellationToken ct)
    {
        var account = caller.Person();
        await Companies.Find(request.CompanyId, Permissions.ApiKeysManage, caller, db, ct);
        // A key acts as a member: staff, who are none, make none.
        if (!caller.Companies.TryGetValue(request.CompanyId, out var granted))
            throw new RuleException(403, "forbidden", "Only members of the company make keys for it.");
        var unknown = request.Permissions.FirstOrDefault(permission => !granted.Contains(permission) || permission == Permissions.ApiKeysManage);
        if (unknown is not null || request.Permissions.Length == 0)
            throw RuleException.Invalid("/permissions", "unknown_permission", "Name one or more of your own permissions for this company, without api_keys.manage.");
        if (request.ExpiresAt <= clock.Now())
            throw RuleException.Invalid("/expires_at", "in_the_past", "Choose a time to come, or leave it out.");
        if (await db.ApiKeys.CountAsync(k => k.CompanyId == request.CompanyId && k.RevokedAt == null, ct) >= CountMax)
            throw new RuleException("too_many_keys", $"A company has at most {CountMax} keys. Revoke one first.");

        var secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var key = new ApiKey
        {
            CompanyId = request.CompanyId,
            AccountId = account,
            Name = request.Name,
            Hint = secret[..HintLength],
            Hash = IdentityApi.HashOf(secret),
            Permissions = [.. request.Permissions.Distinct()],
            CreatedAt = clock.Now(),
            ExpiresAt = request.ExpiresAt,
        };
        db.ApiKeys.Add(key);
        db.Audit(caller, "api_key.create", "api_key", key.Id, key.CompanyId, after: new { key.Name, key.Permissions });
        return TypedResults.Created($"/api-keys/{key.Id}", new CreatedApiKeyResponse(secret, ApiKeyResponse.Of(key)));
    }

    private static async Task<NoContent> Revoke(Guid id, Caller caller, IdentityDb db, TimeProvider clock, CancellationToken ct)
    {
        var key = await db.ApiKeys.SingleOrDefaultAsync(k => k.Id == id, ct);
        if (key is null || !caller.Can(Permissions.ApiKeysManage, key.CompanyId))
            throw RuleException.NotFound();
        if (key.RevokedAt is not null)
            return TypedResults.NoContent();
        key.RevokedAt = clock.Now();
        db.Audit(caller, "api_key.revoke", "api_key", id, key.CompanyId, before: new { key.Name });
        return TypedResults.NoContent();
    }
}

/// <summary>A key to make.</summary>
/// <param name="CompanyId">The company it acts for.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Permissions">What it may.</param>
/// <param name="ExpiresAt">When it ends by itself; never when left out.</param>
public sealed record CreateApiKeyRequest(
    Guid CompanyId,
    [Required, StringLength(100), RegularExpression(Patterns.OneLine)] string Name,
    [Required, MaxLength(50)] string[] Permissions,
    DateTimeOffset? ExpiresAt = null);

/// <summary>A new key.</summary>
/// <param name="Key">Send it as <c>X-Api-Key</c>. It is not shown again.</param>
/// <param name="ApiKey">What is kept of it.</param>
public sealed record CreatedApiKeyResponse(string Key, ApiKeyResponse ApiKey);

/// <summary>What is known of a key.</summary>
public sealed record ApiKeyResponse(
    Guid Id, Guid CompanyId, Guid AccountId, string Name, string Hint, string[] Permissions, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    internal static ApiKeyResponse Of(ApiKey key) => new(
        key.Id, key.CompanyId, key.AccountId, key.Name, key.Hint, key.Permissions, key.CreatedAt, key.ExpiresAt, key.RevokedAt);
}
