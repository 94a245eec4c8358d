using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Gateways.Simulator;

/// <summary>
/// The pages that a real gateway would show on its own site, and the control routes of the simulator. Exist in Development
/// only; whoever has the link may use them, as with a real gateway.
/// </summary>
internal static class SimulatorPages
{
    public static void Map(IEndpointRouteBuilder simulator)
    {
        simulator.MapGet("/redirect/{charge:guid}", Redirect)
            .AllowGuests().WithSummary("The bank's page of a redirecting payment")
            .WithDescription("What the buyer of a `tok_3ds` payment is sent to: agree or refuse. Development only.")
            .Produces<string>(StatusCodes.Status200OK, "text/html");
        simulator.MapGet("/bank_slip/{charge:guid}", Slip)
            .AllowGuests().WithSummary("A bank slip")
            .WithDescription("The slip to be paid at a bank. Development only.")
            .Produces<string>(StatusCodes.Status200OK, "text/html");
        simulator.MapGet("/settlement", Settlement)
            .AllowGuests().WithSummary("The simulator's settlement file")
            .WithDescription("Everything of a currency, as `POST /settlements` takes it. Development only.")
            .Produces<string>(StatusCodes.Status200OK, "text/csv").Problems("422 unsupported_currency");
        simulator.MapPost("/charges/{charge:guid}/{decision}", Decide)
            .AllowGuests().WithoutTransaction().WithSummary("Pay or refuse what waits")
            .WithDescription("`pay` agrees to a redirect or pays a bank slip, `refuse` does not. The outcome comes by webhook. "
                + "`dispute` asks for a captured payment back (`?amount=` in minor units, else all of it), `win` and "
                + "`lose` decide that. "
                + "A browser is sent back to the shop. Development only.")
            .Produces(StatusCodes.Status303SeeOther).Produces<string>(StatusCodes.Status200OK, "text/html")
            .Problems("nothing_to_decide");
    }

    private static async Task<ContentHttpResult> Settlement(
        [Required, StringLength(3, MinimumLength = 3)] string currency, Simulator simulator) =>
            Currencies.Knows(currency)
            ? TypedResults.Text(await simulator.Settlement(currency), "text/csv")
            : throw RuleException.Invalid("?currency", "unsupported_currency",
                "Use an ISO 4217 code in upper case, for example EUR.");

    private static Task<ContentHttpResult> Redirect(Guid charge, Simulator simulator) => Page(charge, simulator, "redirect",
        "Your bank asks", "Do you agree to pay", "Agree", "Refuse");

    private static Task<ContentHttpResult> Slip(Guid charge, Simulator simulator) => Page(charge, simulator, "bank_slip",
        "Bank slip", "To be paid at any bank:", "Pay it now", "Tear it up");

    private static async Task<Results<Ok<SimulatorDecision>, SeeOther>> Decide(
        Guid charge, string decision, [Range(1, 1_000_000_000_000)] long? amount, Simulator simulator,
        HttpRequest request)
    {
        var decided = await (decision switch
        {
            "pay" or "refuse" => simulator.Decide(charge, paid: decision == "pay"),
            "dispute" => simulator.Dispute(charge, amount),
            "win" or "lose" => simulator.DecideDispute(charge, won: decision == "win"),
            _ => throw RuleException.NotFound(),
        }) ?? throw new RuleException("nothing_to_decide",
            "This payment waits for nobody: it was decided before, ended, or never began.");
        return request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal)
            ? new SeeOther(decided.ReturnUrl ?? $"/gateway-simulator/{decided.Action}/{charge}")
            : TypedResults.Ok(new SimulatorDecision(decided.Key, decided.State, decided.ReturnUrl));
    }

    private static async Task<ContentHttpResult> Page(
        Guid charge, Simulator simulator, string action, string title, string text, string yes, string no)
    {
        if (await simulator.Find(charge) is not { } found || found.Action != action)
            throw RuleException.NotFound();
        var amount = $"{Currencies.ToMajor(found.AmountMinor, found.Currency)} {found.Currency}";
        var back = found.ReturnUrl is { } url ? $"<p><a href=\"{WebUtility.HtmlEncode(url)}\">Back to the shop</a></p>" : "";
        var choice = found.State == "requires_action"
            ? $"""
               <form method="post" action="../charges/{charge}/pay"><button>{yes}</button></form>
               <form method="post" action="../charges/{charge}/refuse"><button>{no}</button></form>
               """
            : $"<p>It is {WebUtility.HtmlEncode(found.State)}.</p>";
        return TypedResults.Text(
            $"<!doctype html><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1><p>{text} <b>{amount}</b></p>{choice}{back}", "text/html");
    }
}

/// <summary>Sends a browser that posted a form on with a GET.</summary>
internal sealed class SeeOther(string url) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = url;
        return Task.CompletedTask;
    }
}

/// <summary>What became of a payment that waited.</summary>
/// <param name="PaymentId">The payment.</param>
/// <param name="State">What the simulator has in its books now.</param>
/// <param name="ReturnUrl">Where the buyer goes next.</param>
public sealed record SimulatorDecision(Guid PaymentId, string State, string? ReturnUrl);
