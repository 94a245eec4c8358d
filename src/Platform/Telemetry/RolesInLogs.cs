using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Souk.Platform.Telemetry;

/// <summary>
/// Puts the roles of the process into every line of its log: the lines of all processes are read in one place. The trace stands
/// beside them, as it does without.
/// </summary>
internal sealed class RolesInLogs(string roles) : IExternalScopeProvider
{
    private readonly LoggerExternalScopeProvider scopes = new();
    private readonly Said process = new([new("Roles", roles)]);

    public void ForEachScope<TState>(Action<object?, TState> callback, TState state)
    {
        callback(process, state);
        if (Activity.Current is { } activity)
            callback(new Said(
                [new("SpanId", activity.SpanId.ToHexString()), new("TraceId", activity.TraceId.ToHexString())]), state);
        scopes.ForEachScope(callback, state);
    }

    public IDisposable Push(object? state) => scopes.Push(state);

    // The text is what a reader sees, the pairs what a machine does.
    private sealed class Said(KeyValuePair<string, object?>[] pairs) : List<KeyValuePair<string, object?>>(pairs)
    {
        public override string ToString() => string.Join(", ", this.Select(pair => $"{pair.Key}:{pair.Value}"));
    }
}
