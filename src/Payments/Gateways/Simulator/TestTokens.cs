namespace Souk.Payments.Gateways.Simulator;

/// <summary>
/// The tokens that make the simulator behave in a certain way.
/// <list type="table">
/// <item><term><c>tok_success</c>, <c>tok_visa</c>, none</term><description>authorised at once</description></item>
/// <item><term><c>tok_declined</c></term><description>declined: <c>card_declined</c></description></item>
/// <item><term><c>tok_insufficient_funds</c></term><description>declined: <c>insufficient_funds</c></description></item>
/// <item><term><c>tok_expired_card</c></term><description>declined: <c>expired_card</c></description></item>
/// <item><term><c>tok_3ds</c></term><description>redirect to a page on which the buyer agrees or refuses; then a webhook; 15 minutes</description></item>
/// <item><term><c>tok_timeout_paid</c></term><description>never answers; turns out authorised two seconds later</description></item>
/// <item><term><c>tok_timeout_unpaid</c></term><description>never answers; turns out declined two seconds later</description></item>
/// <item><term><c>tok_late</c></term><description>undecided for two seconds, then authorised, said by webhook</description></item>
/// <item><term><c>tok_doubled</c></term><description>as <c>tok_late</c>, every webhook is sent ten times</description></item>
/// <item><term><c>tok_shuffled</c></term><description>as <c>tok_late</c>, the webhooks arrive in the wrong order</description></item>
/// <item><term><c>tok_capture_fails_once</c></term><description>authorised; the first capture is refused for now</description></item>
/// <item><term><c>tok_capture_fails</c></term><description>authorised; every capture is refused for good</description></item>
/// <item><term><c>tok_capture_timeout</c></term><description>authorised; the capture happens but is never answered</description></item>
/// <item><term><c>tok_wrong_amount</c></term><description>authorised, but the answer names another amount; the books are right</description></item>
/// <item><term><c>tok_card_4242_BR</c></term><description>authorised at once, with a card that is told apart by its number and is of that country</description></item>
/// <item><term><c>voucher_empty</c> (method <c>voucher</c>)</term><description>declined: <c>insufficient_funds</c>; any other voucher is authorised</description></item>
/// <item><term>any (method <c>bank_slip</c>)</term><description>a slip to pay within three days; paid on its page or by the control route</description></item>
/// </list>
/// Every other token of a card is declined: <c>invalid_token</c>; every other method: <c>unsupported_method</c>.
/// </summary>
internal static class TestTokens
{
    public const string TimeoutPaid = "tok_timeout_paid";
    public const string TimeoutUnpaid = "tok_timeout_unpaid";
    public const string Late = "tok_late";
    public const string Doubled = "tok_doubled";
    public const string Shuffled = "tok_shuffled";
    public const string CaptureTimeout = "tok_capture_timeout";
    public const string WrongAmount = "tok_wrong_amount";

    private static readonly TimeSpan Redirect = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Slip = TimeSpan.FromDays(3);
    private static readonly TimeSpan Undecided = TimeSpan.FromSeconds(2);

    /// <summary>How the simulator begins a charge.</summary>
    public static NewCharge Begin(string method, string? token) => (method, token) switch
    {
        ("voucher", "voucher_empty") => Declined("insufficient_funds"),
        ("voucher", _) => new("authorized"),
        ("bank_slip", _) => new("requires_action") { Action = "bank_slip", ExpiresIn = Slip },
        ("card", null or "tok_success" or "tok_visa" or CaptureTimeout or WrongAmount) => new("authorized"),
        ("card", var known) when Card(known) is not null => new("authorized"),
        ("card", "tok_declined") => Declined("card_declined"),
        ("card", "tok_insufficient_funds") => Declined("insufficient_funds"),
        ("card", "tok_expired_card") => Declined("expired_card"),
        ("card", "tok_3ds") => new("requires_action") { Action = "redirect", ExpiresIn = Redirect },
        ("card", TimeoutPaid or TimeoutUnpaid or Late or Doubled or Shuffled) => new("processing") { ResolvesIn = Undecided },
        ("card", "tok_capture_fails_once") => new("authorized") { CapturesRefused = 1 },
        ("card", "tok_capture_fails") => new("authorized") { CapturesRefused = -1 },
        ("card", _) => Declined("invalid_token"),
        _ => Declined("unsupported_method"),
    };

    /// <summary>What a token says about the card behind it; null when it says nothing.</summary>
    public static (string Fingerprint, string Country)? Card(string? token) =>
        token?.Split('_') is ["tok", "card", { Length: > 0 } number, { Length: 2 } country] ? (number, country) : null;

    /// <summary>A sentence for the buyer.</summary>
    public static string Explain(string code) => code switch
    {
        "insufficient_funds" => "There is not enough money for this payment. Use another way to pay.",
        "expired_card" => "The card has expired. Use another card.",
        "authentication_failed" => "The payment was not confirmed with the bank. Try again or use another card.",
        "expired" => "The payment was not made in time. Start another one.",
        "unsupported_method" => "This way of paying is not offered. Use card, voucher or bank_slip.",
        "invalid_token" => "The payment token is not valid. Enter the card again.",
        _ => "The payment was declined. Use another card or another way to pay.",
    };

    private static NewCharge Declined(string code) => new("declined") { Code = code };
}

/// <summary>The first state of a charge.</summary>
internal sealed record NewCharge(string State)
{
    public string? Code { get; init; }

    public string? Action { get; init; }

    public TimeSpan? ExpiresIn { get; init; }

    public TimeSpan? ResolvesIn { get; init; }

    public int CapturesRefused { get; init; }
}
