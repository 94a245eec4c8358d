using System.Text;
using System.Text.RegularExpressions;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

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
    /// <exception cref="TimeoutException"><see cref="MailOptions.Timeout" /> was over.</exception>
    /// <exception cref="InvalidOperationException">The server does not take it now, or does not know us.</exception>
    /// <exception cref="NotSupportedException">The server lacks what the settings ask for: STARTTLS, a sign-in.</exception>
    public async Task Send(OutgoingMail mail, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.Timeout);
        using var message = Message(mail);
        // Whoever is of no use any more when its time is over is cut off: nothing goes out behind our back later. The name and
        // the issuer of the certificate are checked; whether it was revoked is not asked, as it never was here.
        using var client = new SmtpClient { CheckCertificateRevocation = false };
        try
        {
            await client.ConnectAsync(
                options.Host!, options.Port, options.Tls ? SecureSocketOptions.StartTls : SecureSocketOptions.None, limit.Token);
            if (!string.IsNullOrEmpty(options.Username))
                await client.AuthenticateAsync(options.Username, options.Password ?? "", limit.Token);
            await client.SendAsync(Format(client, message), message, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The mail server did not answer within {options.Timeout.TotalSeconds:0} seconds.");
        }
        catch (SmtpCommandException e) when (IsFinal(e))
        {
            // Its text may repeat the address.
            throw new MailRefusedException(
                $"The mail server refused it ({(int)e.StatusCode} {e.StatusCode}).", IsOfTheAddress(e));
        }
        catch (SmtpCommandException e)
        {
            throw new InvalidOperationException($"The mail server does not take it now ({(int)e.StatusCode} {e.StatusCode}).", e);
        }
        catch (AuthenticationException e)
        {
            throw new InvalidOperationException("The mail server does not accept Mail:Username and Mail:Password.", e);
        }
        await Leave(client, limit.Token);
    }

    // The server has the mail: how the farewell goes changes nothing.
    private static async Task Leave(SmtpClient client, CancellationToken ct)
    {
        try
        {
            await client.DisconnectAsync(quit: true, ct);
        }
        catch (Exception e) when (e is IOException or ProtocolException or OperationCanceledException)
        {
            // It had left before us, or says nothing.
        }
    }

    // Addresses that are not ASCII go as they are to a server that takes them so (RFC 6531).
    private static FormatOptions Format(SmtpClient client, MimeMessage message)
    {
        var format = FormatOptions.Default.Clone();
        format.International = client.Capabilities.HasFlag(SmtpCapabilities.UTF8)
            && message.From.Concat(message.To).OfType<MailboxAddress>().Any(address => address.IsInternational);
        return format;
    }

    // 530 and 535 are said of us, not of the mail: whoever runs this sets it right, and the mail goes out.
    private static bool IsFinal(SmtpCommandException e) =>
        (int)e.StatusCode is >= 500 and < 600 and not (530 or 535);

    // 550 is said of mailboxes that do not exist, and of mails that somebody does not like: where the server gives a
    // reason (RFC 3463), 5.1.x is the address.
    private static bool IsOfTheAddress(SmtpCommandException e) =>
        e.ErrorCode == SmtpErrorCode.RecipientNotAccepted
        && (Reason().Match(e.Message) is { Success: true } reason
            ? reason.Groups["subject"].Value == "1"
            : (int)e.StatusCode is 550 or 551 or 553);

    [GeneratedRegex(@"\b5\.(?<subject>\d{1,3})\.\d{1,3}\b")]
    private static partial Regex Reason();

    private MimeMessage Message(OutgoingMail mail)
    {
        var message = new MimeMessage
        {
            Subject = mail.Subject,
            MessageId = $"{mail.Id:N}@{options.From[(options.From.LastIndexOf('@') + 1)..]}",
            Body = new BodyBuilder { TextBody = mail.Text, HtmlBody = mail.Html }.ToMessageBody(),
        };
        message.From.Add(new MailboxAddress(Encoding.UTF8, options.FromName, options.From));
        message.To.Add(new MailboxAddress(Encoding.UTF8, mail.To.Name, mail.To.Email));
        // So that no mailbox answers an automatic mail automatically (RFC 3834).
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        if (mail.Unsubscribe is not null)
        {
            message.Headers.Add(HeaderId.ListUnsubscribe, $"<{mail.Unsubscribe}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }
        return message;
    }
}
