using System.Text.Json;

namespace Souk.Notifications.Templates;

/// <summary>A template: Handlebars for subject, text and HTML.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">0 for the built-in one, then 1, 2, ….</param>
/// <param name="Subject">The subject; one line when rendered.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The inner HTML, put into the frame that all mails share; null for none.</param>
internal sealed record Template(string Name, int Version, string Subject, string Text, string? Html);

/// <summary>The templates that the program brings: files <c>Templates/*.hbs</c> of subject, text and HTML, with lines of <c>---</c> between.</summary>
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

    private const string Folder = "Souk.Notifications/Templates/";

    /// <summary>By name.</summary>
    public static readonly IReadOnlyDictionary<string, Template> All = Load().ToDictionary(template => template.Name, StringComparer.Ordinal);

    /// <summary>What all HTML stands in.</summary>
    public static readonly string Frame = Read(Folder + "frame.html");

    /// <summary>What previews show when no data is given, by template.</summary>
    public static readonly JsonElement Samples = JsonDocument.Parse(Read(Folder + "samples.json")).RootElement;

    private static IEnumerable<Template> Load()
    {
        foreach (var name in typeof(BuiltIn).Assembly.GetManifestResourceNames())
        {
            if (!name.StartsWith(Folder, StringComparison.Ordinal) || !name.EndsWith(".hbs", StringComparison.Ordinal))
                continue;
            var parts = Read(name).Split("\n---\n");
            yield return new Template(name[Folder.Length..^4], 0, parts[0].Trim(), parts[1].Trim() + "\n", parts[2].Trim());
        }
    }

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(BuiltIn).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
