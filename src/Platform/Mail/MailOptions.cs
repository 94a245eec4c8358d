using System.ComponentModel.DataAnnotations;
using Souk.Platform.Security;

namespace Souk.Platform.Mail;

/// <summary>Settings of outgoing mail, read from the section <c>Mail</c> and checked at start.</summary>
public sealed class MailOptions
{
    /// <summary>
    /// The SMTP server. Default: none. Without it mail is shown on the mailbox page in Development, and waits in the queue
    /// elsewhere.
    /// </summary>
    public string? Host { get; set; }

    /// <summary>Its port. Default 587.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary>Whether the connection must be encrypted by STARTTLS. Default true; turn it off only on a network of your own.</summary>
    public bool Tls { get; set; } = true;

    /// <summary>The name to sign in with. Default: none, no sign-in.</summary>
    public string? Username { get; set; }

    /// <summary>The password to sign in with.</summary>
    public string? Password { get; set; }

    /// <summary>The sender's address. Default <c>no-reply@souk.localhost</c>; set it to one of your domain, or mail is taken for spam.</summary>
    [Required, EmailAddress]
    public string From { get; set; } = "no-reply@souk.localhost";

    /// <summary>The sender's name, also the name of the marketplace in mails. Default <c>Souk</c>.</summary>
    [Required, StringLength(100)]
    public string FromName { get; set; } = "Souk";

    /// <summary>
    /// The marketplace's own language: of mails to whoever did not say theirs, and of mails that are not there in theirs.
    /// Default <c>en</c>; a language, perhaps with a country, such as <c>de</c> or <c>pt-BR</c>.
    /// </summary>
    [Required, RegularExpression("^[a-z]{2,3}(-[A-Z]{2})?$")]
    public string Locale { get; set; } = "en";

    /// <summary>
    /// The secret that bounces are signed with when they are told to <c>POST /emails/bounces</c>: <c>whsec_</c> and 24 to 64
    /// random bytes in base64. Default: none, and nobody is believed there.
    /// </summary>
    [RegularExpression(WebhookSignatures.SecretPattern)]
    public string? BounceSecret { get; set; }

    /// <summary>
    /// How long one mail may take. Default 10 seconds; from 1 to 60. Longer keeps the queue waiting for a dead server; and what
    /// a process had in hand when it died, another takes after 15 seconds more than this.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Mails a process sends in a second at most. Default 25; from 1 to 1,000. More may exceed what the provider allows, and
    /// takes time from those who buy.
    /// </summary>
    [Range(1, 1000)]
    public int PerSecondMax { get; set; } = 25;
}
