using System.Text.Json;

namespace Souk.Notifications.Templates;

/// <summary>A template: Handlebars for subject, text and HTML.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Locale">Its language, BCP 47.</param>
/// <param name="Version">0 for the built-in one, then 1, 2, ….</param>
/// <param name="Subject">The subject; one line when rendered.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The inner HTML, put into the frame that all mails share; null for none.</param>
internal sealed record Template(string Name, string Locale, int Version, string Subject, string Text, string? Html);

/// <summary>
/// The templates that the program brings: files of subject, text and HTML, with lines of <c>---</c> between. English is
/// <c>Templates/*.hbs</c>, another language <c>Templates/de/*.hbs</c>; it need not have all of them.
/// </summary>
internal static class BuiltIn
{
    public const string VerifyEmail = "verify_email";
    public const string ResetPassword = "reset_password";
    public const string Invitation = "invitation";
    public const string StaffInvitation = "staff_invitation";
    public const string EmailChange = "email_change";
    public const string SignInEnded = "sign_in_ended";
    public const string SecondStepOn = "second_step_on";
    public const string SecondStepOff = "second_step_off";
    public const string OrderConfirmed = "order_confirmed";
    public const string OrderReceived = "order_received";
    public const string OrderShipped = "order_shipped";
    public const string OrderCancelled = "order_cancelled";
    public const string SaleCancelled = "sale_cancelled";
    public const string OrderRefunded = "order_refunded";
    public const string OrderHeld = "order_held";
    public const string OrderNotPaid = "order_not_paid";
    public const string PaymentRejected = "payment_rejected";
    public const string ReturnRequested = "return_requested";
    public const string ReturnApproved = "return_approved";
    public const string ReturnRejected = "return_rejected";
    public const string ReturnReceived = "return_received";
    public const string PayoutSent = "payout_sent";
    public const string PayoutFailed = "payout_failed";
    public const string CartAbandoned = "cart_abandoned";
    public const string StockLow = "stock_low";
    public const string BackInStock = "back_in_stock";

    private const string Folder = "Souk.Notifications/Templates/";

    /// <summary>By name and language.</summary>
    public static readonly IReadOnlyDictionary<(string Name, string Locale), Template> All =
        Load().ToDictionary(template => (template.Name, template.Locale));

    /// <summary>What previews show when no data is given, by template.</summary>
    public static readonly JsonElement Samples = JsonDocument.Parse(Read(Folder + "samples.json")).RootElement;

    /// <summary>What all mails of a language stand in, as text and as HTML.</summary>
    private static readonly Dictionary<string, (string Text, string Html)> Frames = All.Keys
        .Select(key => key.Locale)
        .Distinct()
        .ToDictionary(
            locale => locale, locale => (Read(PathOf(locale) + "frame.txt"), Read(PathOf(locale) + "frame.html")));

    /// <summary>The one of exactly this language.</summary>
    public static Template? Find(string name, string locale) => All.GetValueOrDefault((name, locale));

    /// <summary>Whether the marketplace itself sends mails by this name.</summary>
    public static bool Has(string name) => All.ContainsKey((name, Locales.English));

    /// <summary>The frame of a language, or the English one.</summary>
    public static (string Text, string Html) Frame(string locale) =>
        Frames.TryGetValue(locale, out var frame) || Frames.TryGetValue(locale.Split('-')[0], out frame)
            ? frame
            : Frames[Locales.English];

    private static IEnumerable<Template> Load()
    {
        foreach (var path in typeof(BuiltIn).Assembly.GetManifestResourceNames())
        {
            if (!path.StartsWith(Folder, StringComparison.Ordinal) || !path.EndsWith(".hbs", StringComparison.Ordinal))
                continue;
            var (locale, name) = path[Folder.Length..^4].Split('/') is [var folder, var file]
                ? (folder, file)
                : (Locales.English, path[Folder.Length..^4]);
            var parts = Read(path).Split("\n---\n");
            yield return new Template(name, locale, 0, parts[0].Trim(), parts[1].Trim() + "\n", parts[2].Trim());
        }
    }

    private static string PathOf(string locale) => locale == Locales.English ? Folder : $"{Folder}{locale}/";

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(BuiltIn).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
