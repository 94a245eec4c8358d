using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Identity.SignIn;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>The public keys of access tokens (RFC 7517), for systems that check them by themselves. Public.</summary>
internal static class GetKeys
{
    private const string CacheControl = "public, max-age=300";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/.well-known/jwks.json", Handle)
        .AllowGuests()
        .WithTags("Sign-in")
        .WithSummary("Public keys of access tokens")
        .WithDescription("A key is listed long before the first token is signed with it, and until the last one has run out.");

    private static async Task<KeysResponse> Handle(SigningKeys keys, HttpContext http, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = CacheControl;
        return new KeysResponse([.. (await keys.Published(ct)).Select(key => new KeyResponse("EC", "P-256", "sig", "ES256", key.Kid, key.X, key.Y))]);
    }
}

/// <summary>A set of keys.</summary>
public sealed record KeysResponse(IReadOnlyList<KeyResponse> Keys);

/// <summary>A public key on P-256.</summary>
public sealed record KeyResponse(string Kty, string Crv, string Use, string Alg, string Kid, string X, string Y);
