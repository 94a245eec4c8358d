using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Souk.Contracts;
using Souk.Platform.Security;

namespace Souk.Platform.Db;

/// <summary>
/// A service's database: the EF Core context of its entities and, for contended rows and volume, hand-written SQL, both in
/// the one transaction that the platform owns. Features and handlers change entities, run commands and publish events; the
/// platform saves, writes the events, stores the answer and commits. They never save themselves.
/// </summary>
/// <remarks>
/// In SQL the parameters are <c>$1, $2, …</c>; the schema is the role's search path, so tables need no prefix.
/// Nothing reaches the database before the first read or the commit: a write of one statement is one round trip.
/// </remarks>
public abstract class ServiceDb : DbContext
{
    private bool enlisted;

    /// <summary>Made by the container, once per request or batch.</summary>
    protected ServiceDb(DbContextOptions options, Service service) : base(options) => Work = new Work(service);

    internal Work Work { get; }

    /// <summary>Publishes an event with the transaction, after everything else it writes.</summary>
    public void Publish(IEvent e) => Work.Publish(() => e);

    /// <summary>Publishes an event that is made after the entities were saved, for those that carry the new version.</summary>
    public void Publish(Func<IEvent> make) => Work.Publish(make);

    /// <summary>Adds a command to the transaction. It is sent with the next read or with the commit; it returns no rows.</summary>
    public void Run(string sql, params object?[] args) => Work.Defer(sql, args);

    /// <summary>
    /// Like <see cref="Run" />, for a statement that ends with <c>returning 1</c> and must change at least one row: when it
    /// changes none the transaction fails with <see cref="ChangedMeanwhileException" /> (409).
    /// </summary>
    public void RunMust(string sql, params object?[] args) =>
        Work.Defer($"with changed as ({sql}) select 1 / count(*) from changed", args, _ => { }, e => new ChangedMeanwhileException(e));

    /// <summary>Adds a command whose rows are wanted, but not yet: <paramref name="read" /> is called when the message was answered.</summary>
    public void Ask(string sql, Action<NpgsqlDataReader> read, params object?[] args) => Work.Defer(sql, args, read);

    /// <summary>Sends what was gathered and this query, and reads all its rows.</summary>
    public Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object?[] args) =>
        Work.Query(sql, read, args, ct);

    /// <summary>
    /// Like <see cref="Query" />, for a statement that is all that a request writes: it may be committed at once, before the
    /// feature answers, which saves a message. What follows it must not fail for reasons that the statement should undo.
    /// </summary>
    public Task<List<T>> QueryAlone<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object?[] args) =>
        Work.QueryAlone(sql, read, args, ct);

    /// <summary>Sends what was gathered and this command; answers how many rows it changed.</summary>
    public Task<int> Execute(string sql, CancellationToken ct, params object?[] args) => Work.Execute(sql, args, ct);

    /// <summary>Runs when the commit is done; never when it failed. For signals within the process only.</summary>
    public void AfterCommit(Action action) => Work.AfterCommit(action);

    /// <summary>In an event handler: this batch must be flushed to disk by its commit, because its effect leaves the database.</summary>
    public void Durable() => Work.Durable();

    /// <summary>
    /// The trace (a <c>traceparent</c>) that an event of this aggregate would carry: for work that is left for later.
    /// </summary>
    public string? TraceOf(Guid key) => Work.TraceOf(key);

    /// <summary>Goes on with work that was left for later: what is published for these aggregates carries its trace.</summary>
    public void Continue(IEnumerable<(Guid Key, string? Trace)> causes)
    {
        var traces = new Dictionary<Guid, string>();
        foreach (var (key, trace) in causes)
            if (trace is not null)
                traces[key] = trace;
        Work.Traces = traces;
    }

    /// <summary>Puts a row into the append-only audit trail of the service, with the change itself.</summary>
    /// <param name="caller">Who did it.</param>
    /// <param name="action">Verb of the business, for example <c>company.approve</c>.</param>
    /// <param name="entity">Kind of thing, for example <c>company</c>.</param>
    /// <param name="id">Which one.</param>
    /// <param name="companyId">The company concerned, so that its members may read it; null when none is.</param>
    /// <param name="before">What it was, as far as it changed; null when it was not there.</param>
    /// <param name="after">What it is, as far as it changed; null when it is gone.</param>
    /// <param name="reason">Why, when the caller said so.</param>
    public void Audit(
        Caller caller, string action, string entity, Guid id, Guid? companyId = null, object? before = null, object? after = null, string? reason = null) =>
        Run("""
            insert into audit (id, account_id, api_key_id, action, entity, entity_id, company_id, before, after, reason)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            Guid.CreateVersion7(), Pg.Uuid(caller.AccountId), Pg.Uuid(caller.ApiKeyId), action, entity, id, Pg.Uuid(companyId),
            Pg.Jsonb(before is null ? null : JsonSerializer.Serialize(before, Json.Events)),
            Pg.Jsonb(after is null ? null : JsonSerializer.Serialize(after, Json.Events)), Pg.Text(reason));

    /// <inheritdoc />
    public override DbSet<TEntity> Set<TEntity>()
    {
        Enlist();
        return base.Set<TEntity>();
    }

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Conventions.Add(_ => new SnakeCase());

    /// <summary>Saves the entities with their versions. Called by the platform.</summary>
    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        foreach (var entry in ChangeTracker.Entries<IVersioned>())
            if (entry.State is EntityState.Added or EntityState.Modified)
                entry.Entity.Version++;
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    /// <summary>Saves, publishes, writes the answer and commits; then the work is over.</summary>
    internal async Task Commit(Action? last, CancellationToken ct)
    {
        await SaveEntities(ct);
        await Work.Commit(last, ct);
    }

    /// <summary>The commit of a batch of events.</summary>
    internal async Task CommitBatch(CancellationToken ct)
    {
        await SaveEntities(ct);
        await Work.CommitBatch(ct);
    }

    internal async Task SaveEntities(CancellationToken ct)
    {
        if (enlisted && ChangeTracker.HasChanges())
            await SaveChangesAsync(ct);
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Work.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    // EF Core joins the work's connection the moment it is used in a write; in a read it keeps its own way with the pool.
    private void Enlist()
    {
        if (enlisted || !Work.Active)
            return;
        enlisted = true;
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
        Database.SetDbConnection(Work.Connection, contextOwnsConnection: false);
    }
}
