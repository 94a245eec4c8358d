using System.ComponentModel.DataAnnotations;

namespace Souk.Platform.Security;

/// <summary>What every process must agree on about access tokens, read from the section <c>Tokens</c> and checked at start.</summary>
public sealed class TokenOptions
{
    /// <summary>Who issues the tokens (<c>iss</c>). Default <c>souk</c>; 1 to 200 characters.</summary>
    [Required, StringLength(200)]
    public string Issuer { get; set; } = "souk";

    /// <summary>Whom the tokens are for (<c>aud</c>). Default <c>souk</c>; 1 to 200 characters.</summary>
    [Required, StringLength(200)]
    public string Audience { get; set; } = "souk";

    /// <summary>
    /// How long an access token lives. Default 5 minutes; from 1 to 5 minutes, because that is how long a revoked token may
    /// still open something while Identity cannot be reached.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "00:05:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(5);
}
