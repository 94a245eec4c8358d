using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Mail;

namespace Souk.Notifications.Jobs;

/// <summary>What became of a mail that was taken out of the queue.</summary>
/// <param name="Taken">The mail, as it was taken: whoever takes it once more ends the say of who had it before.</param>
/// <param name="Status">Its status from now on.</param>
/// <param name="Error">Why it was not sent.</param>
/// <param name="Letter">What was made of it; null when it did not come to that.</param>
internal sealed record MailOutcome(QueuedMail Taken, string Status, string? Error, Letter? Letter)
{
    /// <summary>What went out; null when nothing did.</summary>
    public OutgoingMail? Sent => Status == "sent" ? Letter?.Mail : null;

    /// <summary>
    /// The address to keep to, whatever becomes of the account meanwhile: who is told that an account moves is told where it
    /// was, also when the mail comes late and the account has moved.
    /// </summary>
    public string? KeptAddress => Taken.Template == BuiltIn.EmailChange ? Letter?.To?.Email : null;

    /// <summary>Who it was for, masked; null when that is not known.</summary>
    public string? Recipient => Letter?.To is { } to ? Masks.Address(to.Email) : null;
}
