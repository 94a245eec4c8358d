using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.Notifications.Domain;

/// <summary>What a mail server or a provider says of a mail that it had taken.</summary>
/// <param name="Recipient">The address.</param>
/// <param name="Type"><c>hard</c>: there is no such mailbox. <c>soft</c>: not now. <c>complaint</c>: its owner called it spam.</param>
/// <param name="MessageId">The mail's Message-ID, where it is known.</param>
/// <param name="Detail">What the server said.</param>
internal sealed partial record Bounce(string Recipient, string Type, string? MessageId = null, string? Detail = null)
{
    private const int RecipientMax = 254;
    private const int DetailMax = 300;

    /// <summary>Reads a body whose signature was checked.</summary>
    public static Bounce Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var read = JsonSerializer.Deserialize<Bounce>(body, Json.Api)
                ?? throw new RuleException(400, "body_required", "Send a JSON object as the body.");
            return read.Checked();
        }
        catch (JsonException e)
        {
            // Told as for every other body.
            throw new BadHttpRequestException("The body cannot be read.", StatusCodes.Status400BadRequest, e);
        }
    }

    /// <summary>The mail it is about: our Message-IDs are made of ids. Null when it names none of ours.</summary>
    public Guid? MailId => MessageId is not null && OurMessageId().Match(MessageId) is { Success: true } ours
        ? Guid.ParseExact(ours.Groups["id"].Value, "N")
        : null;

    private Bounce Checked()
    {
        if (Recipient.Length > RecipientMax || Recipient.Any(char.IsControl)
            || !new EmailAddressAttribute().IsValid(Recipient))
            throw RuleException.Invalid("/recipient", "invalid_email", "Give the address that bounced.");
        if (Type is not ("hard" or "soft" or "complaint"))
            throw RuleException.Invalid("/type", "unknown_value", "One of: hard, soft, complaint.");
        var detail = Detail is null ? null : string.Concat(Detail.Where(c => !char.IsControl(c)).Take(DetailMax));
        return this with { Recipient = Recipient.ToLowerInvariant(), Detail = detail };
    }

    [GeneratedRegex("^<?(?<id>[0-9a-f]{32})@")]
    private static partial Regex OurMessageId();
}
