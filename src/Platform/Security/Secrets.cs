using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Souk.Platform.Security;

/// <summary>
/// The deployment's one secret, <c>Souk:Secret</c>, and the keys below it: each by HKDF (RFC 5869) with a label of its own,
/// so that no two uses share a key. The embedded default makes the secret once and keeps it in <c>.souk/secret</c>.
/// </summary>
public sealed class Secrets
{
    private readonly byte[] secret;

    /// <summary>Reads the secret.</summary>
    /// <exception cref="InvalidOperationException">It is missing or shorter than 32 characters.</exception>
    public Secrets(IConfiguration configuration)
    {
        var text = configuration["Souk:Secret"];
        if (text is not { Length: >= 32 })
            throw new InvalidOperationException(
                "Souk:Secret (environment: Souk__Secret) is missing or shorter than 32 characters. Set it to 32 or more random characters, the same in every process.");
        secret = Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The key for one use.</summary>
    /// <param name="label">Names the use, for example <c>cursor</c> or <c>db:orders</c>.</param>
    /// <param name="length">Bytes; 32 by default.</param>
    public byte[] Key(string label, int length = 32) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, length, info: Encoding.UTF8.GetBytes("souk:" + label));
}
