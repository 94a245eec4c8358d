using Souk.Notifications.Templates;
using Souk.Platform.Security;

namespace Souk.Notifications.Domain;

/// <summary>A kind of message: what those who get it choose by.</summary>
/// <param name="Name">Its name.</param>
/// <param name="About">What such messages are about.</param>
/// <param name="IsFixed">Whether its e-mails are always sent: who bought or signed in must hear of it.</param>
/// <param name="IsDefault">Whether those get it who never said.</param>
internal sealed record Kind(string Name, string About, bool IsFixed, bool IsDefault)
{
    /// <summary>Which members of a company see it in the company's inbox.</summary>
    public string SeenWith { get; init; } = Permissions.OrdersRead;

    /// <summary>Whether somebody gets it by this channel.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="said">What they said; null when they never did.</param>
    public bool Goes(string channel, bool? said) => (channel == Channels.Email && IsFixed) || (said ?? IsDefault);
}

/// <summary>The ways a message takes.</summary>
internal static class Channels
{
    public const string Email = "email";
    public const string Inbox = "inbox";
}

/// <summary>All kinds there are.</summary>
internal static class Kinds
{
    /// <summary>Its messages are not kept in inboxes: they hold links, and whoever reads the inbox has signed in already.</summary>
    public const string Account = "account";
    public const string Orders = "orders";
    public const string Messages = "messages";
    public const string Sales = "sales";
    public const string Stock = "stock";
    public const string Payouts = "payouts";
    public const string Cart = "cart";
    public const string News = "news";

    public static readonly IReadOnlyList<Kind> All =
    [
        new(Account, "Your sign-in: address, password, invitations.", IsFixed: true, IsDefault: true),
        new(Orders, "What you bought: confirmed, on its way, cancelled, returned, refunded.", IsFixed: true, IsDefault: true),
        new(Messages, "What the marketplace writes to you in person.", IsFixed: true, IsDefault: true),
        new(Sales, "What your company sold.", IsFixed: false, IsDefault: true),
        new(Stock, "What of your company's runs low.", IsFixed: false, IsDefault: true) { SeenWith = Permissions.StockRead },
        new(Payouts, "What is paid out to your company.", IsFixed: false, IsDefault: true)
        {
            SeenWith = Permissions.PaymentsRead,
        },
        new(Cart, "What you left in your cart.", IsFixed: false, IsDefault: true),
        // Nobody gets advertising who did not ask for it.
        new(News, "Offers and news of the marketplace.", IsFixed: false, IsDefault: false),
    ];

    /// <summary>The one of this name; null when there is none.</summary>
    public static Kind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    /// <summary>The kind of a message: what whoever sends it said, else that of its template.</summary>
    public static Kind Of(string? said, string? template) => Find(said ?? OfTemplate(template))!;

    // What the marketplace sends by itself to one account is about that account, unless it is said here.
    private static string OfTemplate(string? template) => template switch
    {
        BuiltIn.OrderReceived or BuiltIn.SaleCancelled or BuiltIn.ReturnRequested => Sales,
        BuiltIn.OrderConfirmed or BuiltIn.OrderShipped or BuiltIn.OrderCancelled or BuiltIn.OrderRefunded => Orders,
        BuiltIn.OrderHeld or BuiltIn.OrderNotPaid or BuiltIn.PaymentRejected => Orders,
        BuiltIn.ReturnApproved or BuiltIn.ReturnRejected or BuiltIn.ReturnReceived => Orders,
        BuiltIn.PayoutSent or BuiltIn.PayoutFailed => Payouts,
        BuiltIn.CartAbandoned => Cart,
        BuiltIn.StockLow => Stock,
        // Whoever waits for an offer asked for this one mail.
        BuiltIn.BackInStock => Messages,
        { } name when BuiltIn.Has(name) => Account,
        _ => Messages,
    };
}
