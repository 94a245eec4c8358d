using System.Text;

namespace Souk.IntegrationTests.Walls;

/// <summary>A request with something wrong in it.</summary>
/// <param name="Operation">The route it is for.</param>
/// <param name="What">What is wrong, for people.</param>
/// <param name="Method">As it stands in the request line.</param>
/// <param name="Target">Path and query, escaped.</param>
/// <param name="Headers">All but the token, the host and the length, unless one of those is what is wrong.</param>
/// <param name="Body">Null when there is none.</param>
/// <param name="IsRefused">Whether nobody may accept it.</param>
internal sealed record BadInput(
    Operation Operation, string What, string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers,
        byte[]? Body, bool IsRefused)
{
    private const int ShownMax = 2000;

    /// <summary>Whether it is no HTTP, which the server may refuse without a body.</summary>
    public bool IsGarbage { get; init; }

    /// <summary>
    /// Whether it has an Idempotency-Key: another each time, as a refusal that was kept would be given again unread.
    /// </summary>
    public bool IsKeyed { get; init; }

    /// <summary>Whether nothing more comes behind it, though its length says so.</summary>
    public bool BreaksOff { get; init; }

    /// <summary>The code that it must be refused with; null when more than one would explain it.</summary>
    public string? Code { get; init; }

    /// <summary>Whether each run sends it, however short.</summary>
    public bool IsAlwaysSent { get; init; }

    /// <summary>The bytes of the request.</summary>
    /// <param name="host">Where it goes.</param>
    /// <param name="token">Who asks; null when the headers say it, or nobody in particular does.</param>
    public byte[] Bytes(Uri host, string? token)
    {
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\n");
        foreach (var (name, value) in WithToken(token).Prepend(("Host", host.Authority)))
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        if (IsKeyed)
            head.Append("Idempotency-Key: ").Append($"{Guid.CreateVersion7():N}").Append("\r\n");
        if (!Has("Content-Length") && !Has("Transfer-Encoding")
            && (Body is not null || Method is not ("GET" or "DELETE")))
            head.Append("Content-Length: ").Append(Body?.Length ?? 0).Append("\r\n");
        return [.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. Body ?? []];
    }

    /// <summary>How to send it again by hand.</summary>
    public string Curl(Uri host, string token)
    {
        var command = new StringBuilder($"curl -i --path-as-is -X {Method} ")
            .Append(Quote(host.GetLeftPart(UriPartial.Authority) + Target));
        foreach (var (name, value) in WithToken(token))
            command.Append(" -H ").Append(Quote($"{name}: {value}"));
        if (IsKeyed)
            command.Append(" -H \"Idempotency-Key: $RANDOM\"");
        if (Body is not null)
            command.Append(" --data-binary ").Append(Quote(Encoding.Latin1.GetString(Body)));
        return command.Length <= ShownMax ? command.ToString()
            : $"{command.ToString(0, ShownMax)}… ({command.Length} characters)";
    }

    private bool Has(string name) => Headers.Any(header => header.Name == name);

    private IEnumerable<(string Name, string Value)> WithToken(string? token) =>
        token is null || Has("Authorization") ? Headers : Headers.Prepend(("Authorization", "Bearer " + token));

    // As a shell takes it, byte by byte.
    private static string Quote(string text) => $"$'{string.Concat(text.Select(Escape))}'";

    private static string Escape(char c) => c switch
    {
        '\'' => "\\'",
        '\\' => "\\\\",
        >= ' ' and < '\u007f' => c.ToString(),
        _ => $"\\x{(int)c:x2}",
    };
}
