using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Platform.Security;

/// <summary>
/// What an access token says: a JWT (RFC 9068, <c>typ</c> <c>at+jwt</c>), signed with ES256 and nothing else. There is no
/// choice of algorithm, and a header with anything but <c>alg</c>, <c>kid</c> and <c>typ</c> is refused.
/// </summary>
/// <param name="Iss">Who issued it.</param>
/// <param name="Aud">Whom it is for.</param>
/// <param name="Sub">The account.</param>
/// <param name="Sid">The sign-in it came from.</param>
/// <param name="Iat">Issued at, seconds with milliseconds: a change of rights ends what was issued before it.</param>
/// <param name="Nbf">Not good before.</param>
/// <param name="Exp">Not good from then on.</param>
/// <param name="Kind">Kind of the account.</param>
/// <param name="Permissions">What the account may everywhere.</param>
/// <param name="Companies">The account's companies, each with its place in <paramref name="PermissionSets" />.</param>
/// <param name="PermissionSets">Sets of permissions, each named once however many companies have it.</param>
/// <param name="Shops">Companies in which the account sells in one shop only, each with that shop; null when there are none.</param>
public sealed record AccessToken(
    string Iss,
    string Aud,
    Guid Sub,
    Guid Sid,
    decimal Iat,
    decimal Nbf,
    decimal Exp,
    string Kind,
    IReadOnlyList<string> Permissions,
    IReadOnlyDictionary<Guid, int> Companies,
    IReadOnlyList<IReadOnlyList<string>> PermissionSets,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<Guid, Guid>? Shops = null)
{
    /// <summary>Longer ones are refused unread.</summary>
    public const int LengthMax = 8 * 1024;

    private const int SignatureLength = 64;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        MaxDepth = 8,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // A plus sign stays one in at+jwt.
    };

    /// <summary>The token, signed.</summary>
    /// <param name="key">Private key on P-256.</param>
    /// <param name="kid">Its name in the key ring.</param>
    public string Sign(ECDsa key, string kid)
    {
        var header = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new JoseHeader("ES256", kid, "at+jwt"), Options));
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, Options));
        var signed = $"{header}.{payload}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>The name of the key a token says it was signed with; null when it cannot be one of ours.</summary>
    internal static string? ReadKid(string token)
    {
        if (token.Length > LengthMax || !Parts(token, out var header, out _, out _))
            return null;
        return Read<JoseHeader>(token.AsSpan(header), HeaderOptions) is { Alg: "ES256", Typ: "at+jwt", Kid: { Length: > 0 and <= 64 } kid } ? kid : null;
    }

    /// <summary>What a token says when the key signed it; null when it did not. Times and names are the caller's to check.</summary>
    internal static AccessToken? ReadSigned(string token, ECDsa key)
    {
        if (!Parts(token, out var header, out var payload, out var signature))
            return null;
        Span<byte> bytes = stackalloc byte[SignatureLength];
        // Asked first: the decoder throws at what cannot be base64url.
        if (!Base64Url.IsValid(token.AsSpan(signature), out var length) || length != SignatureLength)
            return null;
        Base64Url.DecodeFromChars(token.AsSpan(signature), bytes);
        var signed = Encoding.ASCII.GetBytes(token, 0, header.End.Value + 1 + token.AsSpan(payload).Length);
        return key.VerifyData(signed, bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            ? Read<AccessToken>(token.AsSpan(payload), Options)
            : null;
    }

    private static readonly JsonSerializerOptions HeaderOptions = new(Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    private static T? Read<T>(ReadOnlySpan<char> part, JsonSerializerOptions options) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Base64Url.DecodeFromChars(part), options);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    // Three parts of base64url and nothing else: the decoder would skip white space.
    private static bool Parts(string token, out Range header, out Range payload, out Range signature)
    {
        (header, payload, signature) = (default, default, default);
        if (token.AsSpan().IndexOfAnyExcept(Alphabet) >= 0)
            return false;
        var first = token.IndexOf('.', StringComparison.Ordinal);
        var last = token.LastIndexOf('.');
        if (first <= 0 || last == first || last - first == 1 || token.AsSpan(first + 1, last - first - 1).Contains('.'))
            return false;
        (header, payload, signature) = (..first, (first + 1)..last, (last + 1)..);
        return true;
    }

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private sealed record JoseHeader(string Alg, string Kid, string Typ);
}
