using System.Text;
using System.Text.Json.Nodes;

namespace Souk.IntegrationTests.Walls;

/// <summary>A request of the matrix: an operation, and the things whose ids stand in its path and its body.</summary>
internal sealed record Question(Operation Operation, Right Right, IReadOnlyDictionary<string, string> Things)
{
    /// <summary>Without the question mark.</summary>
    public string? Query { get; init; }

    /// <summary>An id of somebody else, and where it stands in the body; null when all of the body are <see cref="Things" />.</summary>
    public (Place Place, string Id)? Other { get; init; }

    /// <summary>Whether its path names things.</summary>
    public bool IsOfPath => Operation.Path.Contains('{', StringComparison.Ordinal);

    /// <summary>Whether it is about things at all: by its path, or by ids in its body.</summary>
    public bool NamesThings => IsOfPath || Body != Of([]).Body;

    /// <summary>Whether it can be asked about <see cref="Things" />, and is another question then.</summary>
    public bool IsAboutThem => IsThere && NamesThings && Body?.Contains("\"{", StringComparison.Ordinal) != true;

    /// <summary>Whether <see cref="Things" /> has all that its path names.</summary>
    public bool IsThere => Parts.All(part => part.Thing is null || Things.ContainsKey(part.Thing));

    // The parts of the path, and of those that are an id the thing.
    private IEnumerable<(string Text, string? Thing)> Parts
    {
        get
        {
            var parts = Operation.Path.Split('/');
            return parts.Select((part, i) => (part, part.StartsWith('{') ? parts[i - 1] : null));
        }
    }

    private string Target => string.Join('/', Parts.Select(part =>
        part.Thing is null ? part.Text : Things.GetValueOrDefault(part.Thing) ?? $"{Guid.Empty}"))
        + (Query is null ? "" : $"?{Query}");

    private string? Body
    {
        get
        {
            var body = Right.Body is null
                ? Sample.Good(Operation, Things)?.ToJsonString() ?? (Operation.HasBody ? "{}" : null)
                : Things.Aggregate(Right.Body, (text, thing) =>
                    text.Replace($"{{{thing.Key}}}", thing.Value, StringComparison.Ordinal))
                    .Replace("{key}", $"{Guid.CreateVersion7():N}", StringComparison.Ordinal);
            if (Other is not var (place, id))
                return body;
            var node = JsonNode.Parse(body!)!;
            place.Put(node, id);
            Sample.Fill(node, Things); // Also what had to be put around it.
            place.Put(node, id);
            return node.ToJsonString();
        }
    }

    /// <summary>The same about other things.</summary>
    public Question Of(Dictionary<string, string> others) => this with { Things = others };

    /// <summary>The bytes to send.</summary>
    public byte[] Bytes(Uri url, IEnumerable<(string Name, string Value)> credentials)
    {
        var headers = credentials.ToList();
        // Found, and of another version: whoever may is told so, and nothing is done; only nothing of the body is read.
        if (Other is null && Takes("If-Match"))
            headers.Add(("If-Match", "\"-1\""));
        if (Takes("Idempotency-Key"))
            headers.Add(("Idempotency-Key", $"{Guid.CreateVersion7():N}"));
        if (Operation.HasBody)
            headers.Add(("Content-Type", Operation.Says["requestBody"]!["content"]!.AsObject().First().Key));
        var body = Operation.TakesPicture ? World.Picture : Body is { } text ? Encoding.UTF8.GetBytes(text) : null;
        return new BadInput(Operation, "", Operation.Method, Target, headers, body, IsRefused: false).Bytes(url, null);
    }

    private bool Takes(string header) => Operation.Parameters.Any(parameter => parameter.Name == header);
}
