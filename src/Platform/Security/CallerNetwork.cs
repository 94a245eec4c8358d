using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Souk.Platform.Security;

/// <summary>
/// Tells apart the networks that requests come from, without saying which: a keyed hash of the address's <c>/24</c>, of an
/// IPv6 address its <c>/64</c>. Only those who hold the deployment's secret could try all of them.
/// </summary>
public sealed class CallerNetwork(Secrets secrets)
{
    private const int HashLength = 12;
    private readonly byte[] key = secrets.Key("network");

    /// <summary>The network of a request; null when it has no address.</summary>
    public string? Of(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } address)
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(key, bytes[..(address.AddressFamily == AddressFamily.InterNetwork ? 3 : 8)], hash);
        return WebEncoders.Base64UrlEncode(hash[..HashLength]);
    }
}
