using Souk.Contracts.Identity;

namespace Souk.Platform.Mail;

/// <summary>A mail that is ready to go.</summary>
/// <param name="Id">Its own id, from which its Message-ID is made: a mail that is sent again is the same mail.</param>
/// <param name="To">Who gets it.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">Plain text.</param>
/// <param name="Html">The same as HTML; null for none.</param>
/// <param name="Unsubscribe">A POST to it ends mails of this kind (RFC 8058); null when there is nothing to end.</param>
public sealed record OutgoingMail(
    Guid Id, Addressee To, string Subject, string Text, string? Html, string? Unsubscribe = null);

/// <summary>A mail server said no, and will say no again: trying once more is of no use.</summary>
/// <param name="message">What it said, without addresses.</param>
/// <param name="isOfTheAddress">Whether it refused the address itself: there is no such mailbox.</param>
public sealed class MailRefusedException(string message, bool isOfTheAddress = false) : Exception(message)
{
    /// <summary>Whether the address itself was refused: other mails to it will be too.</summary>
    public bool IsOfTheAddress { get; } = isOfTheAddress;
}
