using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Souk.Platform.Mail;

/// <summary>
/// Sends mail by SMTP. Everything is bounded by one time limit; a server that hangs costs the mail a retry, nothing else.
/// </summary>
public sealed partial class SmtpMailer(IOptions<MailOptions> options)
{
    private readonly MailOptions options = options.Value;

    /// <summary>Whether there is a server to send by.</summary>
    public bool IsConfigured => !string.IsNullOrEmpty(options.Host);

    /// <summary>Hands the mail to the server.</summary>
    /// <exception cref="MailRefusedException">The server refused it for good.</exception>
    public async Task Send(OutgoingMail mail, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.Timeout);
        using var message = Message(mail);
        using var client = new SmtpClient(options.Host, options.Port) { EnableSsl = options.Tls, DeliveryFormat = SmtpDeliveryFormat.International };
        if (!string.IsNullOrEmpty(options.Username))
            client.Credentials = new NetworkCredential(options.Username, options.Password);
        try
        {
            // The client reacts to the token between its steps only; a server that says nothing is left behind.
            await client.SendMailAsync(message, limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The mail server did not answer within {options.Timeout.TotalSeconds:0} seconds.");
        }
        catch (SmtpException e) when (IsFinal(e))
        {
            // Its text may repeat the address.
            throw new MailRefusedException(
                $"The mail server refused it ({(int)e.StatusCode} {e.StatusCode}).", IsOfTheAddress(e));
        }
    }

    private static bool IsFinal(SmtpException e) => (int)e.StatusCode is >= 500 and < 600 && e.StatusCode is not SmtpStatusCode.MustIssueStartTlsFirst
        || e is SmtpFailedRecipientsException { InnerExceptions: var all } && all.All(IsFinal);

    // 550 is said of mailboxes that do not exist, and of mails that somebody does not like: where the server gives a
    // reason (RFC 3463), 5.1.x is the address.
    private static bool IsOfTheAddress(SmtpException e) =>
        e is SmtpFailedRecipientException
        && (Reason().Match(e.Message) is { Success: true } reason
            ? reason.Groups["subject"].Value == "1"
            : (int)e.StatusCode is 550 or 551 or 553);

    [GeneratedRegex(@"\b5\.(?<subject>\d{1,3})\.\d{1,3}\b")]
    private static partial Regex Reason();

    private MailMessage Message(OutgoingMail mail)
    {
        var message = new MailMessage
        {
            From = new MailAddress(options.From, options.FromName, Encoding.UTF8),
            Subject = mail.Subject,
            SubjectEncoding = Encoding.UTF8,
            Body = mail.Text,
            BodyEncoding = Encoding.UTF8,
        };
        message.To.Add(new MailAddress(mail.To.Email, mail.To.Name, Encoding.UTF8));
        message.Headers.Add("Message-ID", $"<{mail.Id:N}@{options.From[(options.From.LastIndexOf('@') + 1)..]}>");
        // So that no mailbox answers an automatic mail automatically (RFC 3834).
        message.Headers.Add("Auto-Submitted", "auto-generated");
        if (mail.Unsubscribe is not null)
        {
            message.Headers.Add("List-Unsubscribe", $"<{mail.Unsubscribe}>");
            message.Headers.Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }
        if (mail.Html is not null)
            message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(mail.Html, Encoding.UTF8, MediaTypeNames.Text.Html));
        return message;
    }
}
