namespace Souk.Platform.Jobs;

/// <summary>Timed work of a service. One process at a time runs it; what it changes and publishes is committed when it returns.</summary>
public interface IJob
{
    /// <summary>One run. It must be safe to run again after a crash in its middle, and end within a minute.</summary>
    Task Run(CancellationToken ct);
}

/// <summary>
/// Work outside the database (gateway, mail, webhooks): rows are leased, done after a durable commit, and marked. Runs in
/// every process; the lease in the row keeps two from doing the same. Opens its own scopes and transactions.
/// </summary>
public interface IWorker
{
    /// <summary>Takes what is due. Answers true when there may be more at once.</summary>
    Task<bool> Run(CancellationToken ct);
}
