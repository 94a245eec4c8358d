using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Souk.Platform.Http;
using Souk.Platform.Mail;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Ends all that the reader of a mail about stock still waits for, by the link in it and without a sign-in: whoever has the mail may.
/// Opening it changes nothing, its button does: programs that check links must not end anything.
/// </summary>
internal static class EndStockWatches
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/notifications/back-in-stock/end/{token}", Ask)
            .AllowGuests()
            .WithSummary("The page that the link of a mail about stock opens")
            .WithDescription("Changes nothing: its button does.")
            .Produces<string>(StatusCodes.Status200OK, "text/html");
        routes.MapPost("/notifications/back-in-stock/end/{token}", End)
            .AllowGuests()
            .WithSummary("Wait for nothing any longer")
            .WithDescription("Takes any body; done twice it is done once.")
            .Produces<string>(StatusCodes.Status200OK, "text/html");
    }

    private static ContentHttpResult Ask(
        string token, StockWatchLinks links, IOptions<MailOptions> mail, HttpContext http)
    {
        _ = links.Read(token) ?? throw RuleException.NotFound();
        return Page(http, mail.Value.FromName, "No more of these mails?",
            "<form method=\"post\"><button>Wait for nothing any longer</button></form>");
    }

    private static ContentHttpResult End(
        string token, StockWatchLinks links, NotificationsDb db, IOptions<MailOptions> mail, HttpContext http)
    {
        var id = links.Read(token) ?? throw RuleException.NotFound();
        db.Run("""
            delete from stock_watches w using stock_watches mailed
             where mailed.id = $1 and w.told_at is null
               and (w.account_id = mailed.account_id or lower(w.address) = lower(mailed.address))
            """, id);
        return Page(http, mail.Value.FromName, "You wait for nothing any longer",
            "<p>No more mails about what is back in stock.</p>");
    }

    private static ContentHttpResult Page(HttpContext http, string souk, string title, string content)
    {
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'";
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Content($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <title>{WebUtility.HtmlEncode(souk)}</title>
            </head>
            <body>
            <h1>{title}</h1>
            {content}
            </body>
            </html>
            """, "text/html; charset=utf-8");
    }
}
