using Microsoft.AspNetCore.Http;

namespace Souk.Platform.Security;

/// <summary>
/// Who makes the request, as the access token, the API key or a guest's tokens say. A feature takes it as a parameter
/// and scopes every query by it; the policy of the route was checked before.
/// </summary>
public sealed class Caller
{
    /// <summary>Nobody in particular.</summary>
    public static readonly Caller Anonymous = new();

    /// <summary>The account; null for a guest.</summary>
    public Guid? AccountId { get; init; }

    /// <summary>The sign-in the token came from; null for a guest or an API key.</summary>
    public Guid? SessionId { get; init; }

    /// <summary>The API key that was used, if one was.</summary>
    public Guid? ApiKeyId { get; init; }

    /// <summary>Kind of the account: <c>customer</c>, <c>company</c>, <c>shop</c>, <c>warehouse</c>, <c>affiliate</c>, <c>staff</c>; empty for a guest.</summary>
    public string Kind { get; init; } = "";

    /// <summary>What the account may everywhere: the marketplace's own people have permissions here, others none.</summary>
    public IReadOnlySet<string> Permissions { get; init; } = new HashSet<string>();

    /// <summary>The companies the account is a member of, with what it may there.</summary>
    public IReadOnlyDictionary<Guid, IReadOnlySet<string>> Companies { get; init; } = new Dictionary<Guid, IReadOnlySet<string>>();

    /// <summary>Of these companies the ones in which the account sells in one shop only, with that shop.</summary>
    public IReadOnlyDictionary<Guid, Guid> Shops { get; init; } = new Dictionary<Guid, Guid>();

    /// <summary>The cart a guest's <c>X-Cart-Token</c> names, its signature checked; null without one.</summary>
    public Guid? CartId { get; init; }

    /// <summary>The order a guest's <c>X-Order-Token</c> opens, its signature checked; null without one.</summary>
    public Guid? OrderId { get; init; }

    /// <summary>Whether somebody signed in (or an API key was used).</summary>
    public bool IsSignedIn => AccountId is not null;

    /// <summary>Whether the caller may do it everywhere, as the marketplace's own people may.</summary>
    public bool Can(string permission) => Permissions.Contains(permission);

    /// <summary>Whether the caller may do it for this company: as its member, or everywhere.</summary>
    public bool Can(string permission, Guid companyId) =>
        Can(permission) || (Companies.TryGetValue(companyId, out var granted) && granted.Contains(permission));

    /// <summary>Whether the caller may do it in this shop of the company: a member may be limited to another one.</summary>
    public bool Can(string permission, Guid companyId, Guid shopId) =>
        Can(permission, companyId) && (Can(permission) || !Shops.TryGetValue(companyId, out var only) || only == shopId);

    /// <summary>Whether the caller may do it everywhere or for at least one company.</summary>
    public bool CanSomewhere(string permission)
    {
        if (Permissions.Contains(permission))
            return true;
        foreach (var granted in Companies.Values)
            if (granted.Contains(permission))
                return true;
        return false;
    }

    /// <summary>The companies for which the caller may do it as a member; for <c>where company_id = any(…)</c>.</summary>
    public Guid[] CompaniesWith(string permission) =>
        [.. Companies.Where(company => company.Value.Contains(permission)).Select(company => company.Key)];

    /// <summary>Lets a handler take the caller as a parameter. Called by ASP.NET Core.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) =>
        ValueTask.FromResult<Caller?>(context.Features.Get<Caller>() ?? Anonymous);

    /// <summary>The same caller with what a guest's tokens name.</summary>
    internal Caller With(Guid? cartId, Guid? orderId) => cartId is null && orderId is null ? this : new Caller
    {
        AccountId = AccountId,
        SessionId = SessionId,
        ApiKeyId = ApiKeyId,
        Kind = Kind,
        Permissions = Permissions,
        Companies = Companies,
        Shops = Shops,
        CartId = cartId,
        OrderId = orderId,
    };

    /// <summary>Names the caller in idempotency records, cursors and the audit trail. Differs for any two callers.</summary>
    public string Principal =>
        AccountId is { } account ? $"account:{account:N}"
        : CartId is { } cart ? $"cart:{cart:N}"
        : OrderId is { } order ? $"order:{order:N}"
        : "anonymous";
}
