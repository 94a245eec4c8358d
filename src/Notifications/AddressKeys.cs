using System.Security.Cryptography;
using System.Text;
using Souk.Platform.Security;

namespace Souk.Notifications;

/// <summary>
/// Stands for an address where the address itself must not lie: a hash with a key of the deployment, so that nobody finds it
/// by trying addresses. Upper and lower case are one address, as mailboxes treat them.
/// </summary>
internal sealed class AddressKeys(Secrets secrets)
{
    private const int Length = 16;
    private readonly byte[] key = secrets.Key("notifications:address");

    public Guid Of(string email) =>
        new(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(email.Trim().ToLowerInvariant())).AsSpan(0, Length),
            bigEndian: true);
}
