using Souk.Contracts.Identity;

namespace Souk.Platform.Mail;

/// <summary>A mail that is ready to go.</summary>
/// <param name="Id">Its own id, from which its Message-ID is made: a mail that is sent again is the same mail.</param>
/// <param name="To">Who gets it.</param>
/// <param name="Subject">One line.</param>
/// <param name="Text">Plain text.</param>
/// <param name="Html">The same as HTML; null for none.</param>
public sealed record OutgoingMail(Guid Id, IReadOnlyList<Addressee> To, string Subject, string Text, string? Html);

/// <summary>A mail server said no, and will say no again: trying once more is of no use.</summary>
/// <param name="message">What it said, without addresses.</param>
public sealed class MailRefusedException(string message) : Exception(message);
