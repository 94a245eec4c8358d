using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Security;

namespace Souk.Platform.Http;

/// <summary>A page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Data">The entries, at most the limit.</param>
/// <param name="NextCursor">Give it as <c>?cursor=</c> to get the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor);

/// <summary>
/// The paging of a list request: <c>?limit=</c>, <c>?cursor=</c>, <c>?sort=</c>. A parameter of the handler. Paging is by
/// key, never by offset: read <see cref="Take" /> rows after <see cref="After" /> and hand them to <see cref="Result{T}" />.
/// </summary>
public sealed class PageRequest : IEndpointParameterMetadataProvider
{
    private const int LimitDefault = 20;
    private const int LimitMax = 100;
    private readonly HttpContext http;
    private bool isSorted;

    private PageRequest(HttpContext http, int limit, PageCursor? after) => (this.http, Limit, After) = (http, limit, after);

    /// <summary>How many entries the caller wants, 1 to 100.</summary>
    public int Limit { get; }

    /// <summary>How many rows to read: one more than the limit, which tells whether there is a next page.</summary>
    public int Take => Limit + 1;

    /// <summary>The key values of the last row of the page before; null for the first page.</summary>
    public PageCursor? After { get; }

    /// <summary>The sort order that was asked for. The first allowed one is the default.</summary>
    /// <param name="allowed">Names as they stand in <c>?sort=</c>; descending ones start with a minus.</param>
    /// <exception cref="RuleException">It is none of the allowed: 400 <c>unknown_sort</c>.</exception>
    public string Sort(params ReadOnlySpan<string> allowed)
    {
        isSorted = true;
        var asked = http.Request.Query["sort"].ToString();
        if (asked.Length == 0)
            return allowed[0];
        foreach (var one in allowed)
            if (one == asked)
                return one;
        throw new RuleException(400, "unknown_sort", $"Sort by one of: {string.Join(", ", allowed!)}.");
    }

    /// <summary>The page of these rows.</summary>
    /// <param name="rows">At most <see cref="Take" /> of them.</param>
    /// <param name="key">The values that the list is ordered by, the last of them unique.</param>
    public Page<T> Result<T>(IReadOnlyList<T> rows, Func<T, object?[]> key) => Result(rows, key, row => row);

    /// <summary>The page of these rows, shown as something else.</summary>
    /// <param name="rows">At most <see cref="Take" /> of them.</param>
    /// <param name="key">The values that the list is ordered by, the last of them unique.</param>
    /// <param name="show">What the caller sees of a row.</param>
    /// <exception cref="RuleException">An order was asked for, and the list has only its own: 400 <c>unknown_sort</c>.</exception>
    public Page<T> Result<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, object?[]> key, Func<TRow, T> show)
    {
        if (!isSorted && http.Request.Query["sort"].Count > 0)
            throw new RuleException(400, "unknown_sort", "This list has one order only. Leave sort out.");
        var data = new List<T>(Math.Min(rows.Count, Limit));
        for (var i = 0; i < rows.Count && i < Limit; i++)
            data.Add(show(rows[i]));
        return new Page<T>(data, rows.Count <= Limit ? null : Cursors(http).Write(http, key(rows[Limit - 1])));
    }

    /// <summary>Called by ASP.NET Core.</summary>
    /// <exception cref="RuleException">400 <c>limit_out_of_range</c> or <c>invalid_cursor</c>.</exception>
    public static ValueTask<PageRequest?> BindAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var limit = LimitDefault;
        if (query.TryGetValue("limit", out var asked)
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LimitMax))
            throw new RuleException(400, "limit_out_of_range", $"The limit is a number from 1 to {LimitMax}.");
        var after = query.TryGetValue("cursor", out var cursor) ? Cursors(context).Read(context, cursor.ToString()) : null;
        return ValueTask.FromResult<PageRequest?>(new PageRequest(context, limit, after));
    }

    /// <summary>Called by ASP.NET Core: the parameters of the document.</summary>
    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new PagedRoute());

    private static Cursors Cursors(HttpContext http) => http.RequestServices.GetRequiredService<Cursors>();
}

/// <summary>The metadata of a route that answers pages.</summary>
internal sealed record PagedRoute;

/// <summary>Where a page begins: the values of the row before it.</summary>
public sealed class PageCursor
{
    private readonly JsonElement values;

    internal PageCursor(JsonElement values) => this.values = values;

    /// <summary>One of the values that were given to <see cref="PageRequest.Result{T}" />, in their order.</summary>
    public T Get<T>(int index) => values[index].Deserialize<T>(Json.Events)!;
}

/// <summary>
/// Writes and reads cursors. They are signed, and the signature covers the path, the filters, the order and the caller:
/// a cursor that was changed, or is used for another list or by another caller, is refused.
/// </summary>
internal sealed class Cursors(Secrets secrets)
{
    private const int SignatureLength = 16;
    private const int LengthMax = 2000;
    private readonly byte[] key = secrets.Key("cursor");

    public string Write(HttpContext http, object?[] values)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(values, Json.Events);
        return WebEncoders.Base64UrlEncode([.. Sign(http, payload).AsSpan(0, SignatureLength), .. payload]);
    }

    public PageCursor Read(HttpContext http, string text)
    {
        try
        {
            var bytes = text.Length is > 0 and <= LengthMax ? WebEncoders.Base64UrlDecode(text) : [];
            if (bytes.Length > SignatureLength
                && CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, SignatureLength), Sign(http, bytes[SignatureLength..]).AsSpan(0, SignatureLength)))
                return new PageCursor(JsonDocument.Parse(bytes.AsMemory(SignatureLength)).RootElement);
        }
        catch (FormatException)
        {
            // Not base64: as wrong as a wrong signature.
        }
        throw new RuleException(400, "invalid_cursor", "Start again without a cursor: this one is not of this list, its filters and its caller.");
    }

    private byte[] Sign(HttpContext http, byte[] payload)
    {
        var bound = new StringBuilder(http.CurrentCaller().Principal).Append('\n').Append(http.Request.PathBase).Append(http.Request.Path);
        foreach (var (name, value) in http.Request.Query.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            if (name is not ("cursor" or "limit"))
                bound.Append('\n').Append(name).Append('=').Append(value);
        return HMACSHA256.HashData(key, (byte[])[.. payload, 0, .. Encoding.UTF8.GetBytes(bound.ToString())]);
    }
}
