using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Identity.SignIn;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>Ends the caller's sign-in: its refresh token at once, its access token everywhere within five seconds.</summary>
internal static class Logout
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/logout", Handle)
        .RequireSignIn()
        .WithSummary("Sign out")
        .Problems("403 api_key_not_allowed");

    internal static NoContent Handle(Caller caller, IdentityDb db, Sessions sessions)
    {
        var account = caller.Person();
        sessions.End(db, caller.SessionId!.Value, account, "logout");
        return TypedResults.NoContent();
    }
}
