using System.Security.Cryptography;
using System.Text;
using Souk.Contracts.Carts;
using Souk.Platform.Security;

namespace Souk.Carts;

/// <summary>Knows a buyer again, for promotions that each may use only so often.</summary>
internal sealed class Customers(Secrets secrets)
{
    private readonly byte[] key = secrets.Key("coupon-customer");

    /// <summary>
    /// The buyer's name in the counts. A guest is known by the address the mail goes to; kept as a keyed hash, which is no
    /// personal data once the contact is gone. Null while a guest has not said it.
    /// </summary>
    public string? Name(Guid? accountId, ContactCard? contact) =>
        accountId is { } id ? $"account:{id:N}" : contact is null ? null : "guest:" + Convert.ToHexStringLower(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(contact.Email.ToLowerInvariant())).AsSpan(0, 16));
}
