using System.Text.Json;
using Souk.Contracts;
using Souk.Platform.Events;

namespace Souk.Platform.Db;

/// <summary>Published events as the arrays of one insert.</summary>
internal sealed class EncodedEvents(Func<Guid, string?> traceOf)
{
    private readonly List<Guid> ids = [];
    private readonly List<string> types = [];
    private readonly List<Guid> keys = [];
    private readonly List<byte[]> payloads = [];
    private readonly List<string?> traces = [];
    private readonly List<IEvent> events = [];

    public int Count => ids.Count;

    public IEnumerable<string> Types => types.Distinct();

    public void Add(IEvent e)
    {
        events.Add(e);
        ids.Add(Guid.CreateVersion7());
        types.Add(e.GetType().Name);
        keys.Add(e.Key);
        traces.Add(traceOf(e.Key));
        payloads.Add(JsonSerializer.SerializeToUtf8Bytes(e, e.GetType(), Json.Events));
    }

    /// <summary>The same, with the place they got in the log.</summary>
    public Appended At(long first) => new(
        first, first + Count - 1,
        [.. events.Select((e, n) => new AppendedEvent(first + n, ids[n], types[n], keys[n], payloads[n], traces[n], e))]);

    public object?[] Arguments() =>
        [ids.ToArray(), types.ToArray(), keys.ToArray(), Pg.Json([.. payloads]), Pg.Texts([.. traces])];
}
