using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Notifications.Domain;
using Souk.Platform.Http;
using Souk.Platform.Mail;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Ends mails of a kind by the link that stands in them, without a sign-in: whoever has the mail may. Mail programs do it with
/// one click, by a POST to the link (RFC 8058); people open it and press a button, because what opens links to check them
/// must not unsubscribe anybody.
/// </summary>
internal static class Unsubscribe
{
    private const string Html = "text/html; charset=utf-8";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/unsubscribe/{token}", Ask)
            .AllowGuests()
            .WithSummary("The page that a mail's unsubscribe link opens")
            .WithDescription("Changes nothing: its button does.")
            .Produces<string>(StatusCodes.Status200OK, "text/html");
        routes.MapPost("/unsubscribe/{token}", End)
            .AllowGuests()
            .WithSummary("Unsubscribe with one click")
            .WithDescription("What `List-Unsubscribe` of a mail names. Takes any body; done twice it is done once.")
            .Produces<string>(StatusCodes.Status200OK, "text/html");
    }

    private static ContentHttpResult Ask(
        string token, UnsubscribeLinks links, IOptions<MailOptions> options, HttpContext http)
    {
        var (_, kind) = links.Read(token) ?? throw RuleException.NotFound();
        return Page(http, options.Value.FromName, $"""
            <h1>No more of these mails?</h1>
            <p>{Encode(kind.About)}</p>
            <form method="post"><button name="List-Unsubscribe" value="One-Click">Unsubscribe</button></form>
            """);
    }

    private static ContentHttpResult End(
        string token, UnsubscribeLinks links, NotificationsDb db, IOptions<MailOptions> options, HttpContext http)
    {
        var (account, kind) = links.Read(token) ?? throw RuleException.NotFound();
        db.Prefer(account, kind, Channels.Email, wanted: false);
        return Page(http, options.Value.FromName, $"""
            <h1>You are unsubscribed</h1>
            <p>{Encode(kind.About)} You get no more e-mails of this kind. Sign in to change your mind.</p>
            """);
    }

    private static ContentHttpResult Page(HttpContext http, string souk, string content)
    {
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Content($$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>{{Encode(souk)}}</title>
            <style>
            body { margin: 12vh auto; max-width: 480px; padding: 0 16px; color: #23211e; background: #f4f2ee }
            body, button { font: 16px/1.5 system-ui, sans-serif }
            h1 { font-size: 22px } p.souk { font-weight: 700 }
            button { padding: 10px 18px; border: 0; border-radius: 6px; background: #1f5f4a; color: #fff }
            button:focus-visible { outline: 2px solid #23211e; outline-offset: 2px }
            </style>
            </head>
            <body>
            <p class="souk">{{Encode(souk)}}</p>
            {{content}}
            </body>
            </html>
            """, Html);
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
