using Microsoft.AspNetCore.Http;
using Souk.Platform.Http;

namespace Souk.Catalog.Features;

/// <summary>Bodies that are files.</summary>
internal static class RequestBody
{
    /// <summary>The whole body, however it is sent.</summary>
    /// <exception cref="RuleException">413 <c>too_large</c>.</exception>
    public static async Task<byte[]> Read(HttpContext http, int sizeMax, string tooLarge, CancellationToken ct)
    {
        if (http.Request.ContentLength > sizeMax)
            throw new RuleException(413, "too_large", tooLarge);
        using var buffer = new MemoryStream((int)(http.Request.ContentLength ?? 0));
        var chunk = new byte[16 * 1024];
        for (int read; (read = await http.Request.Body.ReadAsync(chunk, ct)) > 0;)
        {
            if (buffer.Length + read > sizeMax)
                throw new RuleException(413, "too_large", tooLarge);
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }
}
