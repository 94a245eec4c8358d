namespace Souk.Platform.Telemetry;

/// <summary>Something of a service without which the process must not get requests, besides its database. Registered by its module.</summary>
public interface IReadiness
{
    /// <summary>Null when it is there, else a sentence that says what is missing. Asked every few seconds: it must be cheap.</summary>
    Task<string?> Missing(CancellationToken ct);
}
