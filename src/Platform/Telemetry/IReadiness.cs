namespace Souk.Platform.Telemetry;

/// <summary>Something that a process stands on besides its databases. Registered by its module.</summary>
public interface IReadiness
{
    /// <summary>Null when it is there, else a sentence that says what is missing. Asked every few seconds: it must be cheap.</summary>
    Task<string?> Missing(CancellationToken ct);

    /// <summary>Whether the process must not get requests without it. If not, the health only tells of it.</summary>
    bool IsNeeded => true;
}
