using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Db;
using Souk.Platform.Events;

namespace Souk.Platform.Http;

/// <summary>An answer for a request that was committed without one.</summary>
/// <param name="Id">What <see cref="Answer.Id" /> gave; for a checkout the id of the order.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The JSON body, byte for byte what is sent.</param>
/// <param name="Location">Where the thing can be read; null when it is nowhere.</param>
public sealed record LateAnswer(Guid Id, int Status, string Body, string? Location = null);

/// <summary>
/// Requests of this process that wait for an answer which an event brings. The event's handler stores the answers; the
/// waiting request is signalled after the commit. Where it waits in another process, that one is told to look, and a poll finds
/// what was not told.
/// </summary>
public sealed class PendingAnswers : BackgroundService
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);
    private static readonly string[] Answers = ["answers"];
    private readonly ConcurrentDictionary<Guid, Waiter> waiters = new();
    private readonly Signal told = new();
    private readonly ILogger<PendingAnswers> logger;
    private readonly TimeProvider clock;

    /// <summary>Made by the container.</summary>
    public PendingAnswers(IEnumerable<Service> services, ILogger<PendingAnswers> logger, TimeProvider clock)
    {
        (this.logger, this.clock) = (logger, clock);
        foreach (var service in services)
            service.Signals.Listen(TopicOf(service), Answers[0], told.Set);
    }

    /// <summary>
    /// Stores answers with the transaction of the batch, each once: where a request was answered already (its time was
    /// over, and it got a 202) that answer stays. The commit waits for the disk; after it the requests that wait are signalled.
    /// </summary>
    public void Complete(ServiceDb db, IReadOnlyList<LateAnswer> answers)
    {
        if (answers.Count == 0)
            return;
        var late = answers.DistinctBy(answer => answer.Id).ToDictionary(
            answer => answer.Id, answer => StoredAnswer.Json(answer.Status, answer.Body, answer.Location));
        var taken = new List<Guid>(late.Count);
        db.Ask(
            """
            update idempotency i set status = a.status, headers = a.headers, body = a.body
              from unnest($1::uuid[], $2::int[], $3::jsonb[], $4::bytea[]) as a(id, status, headers, body)
             where i.answer_id = a.id and i.status is null
            returning i.answer_id
            """,
            reader =>
            {
                while (reader.Read())
                    taken.Add(reader.GetGuid(0));
            },
            late.Keys.ToArray(), late.Values.Select(answer => answer.Status).ToArray(),
            Pg.Jsonb([.. late.Values.Select(answer => answer.Headers)]),
            late.Values.Select(answer => answer.BodyToKeep).ToArray());
        // What is told must be on disk, and everything it came of is by then: the log of the server is written in order.
        db.Durable();
        db.AfterCommit(() =>
        {
            foreach (var id in taken)
                Signal(id, late[id]);
            var service = db.Work.Service;
            if (service.Signals.Elsewhere is { } tell && taken.Exists(id => !waiters.ContainsKey(id)))
                tell(TopicOf(service), Answers);
        });
    }

    /// <summary>Stores one answer; see the other overload.</summary>
    public void Complete(ServiceDb db, LateAnswer answer) => Complete(db, [answer]);

    /// <summary>Registers the wait; before the commit, so that no signal is missed.</summary>
    internal Waiter Expect(Guid id, Service service)
    {
        // A retry waits for the same answer as the request that began; both hold the one waiter.
        while (true)
        {
            var waiter = waiters.GetOrAdd(id, static (_, state) => new Waiter(state.service, state.now), (service, now: clock.GetTimestamp()));
            waiter.Enter();
            if (waiters.TryGetValue(id, out var current) && current == waiter)
                return waiter;
            // The last one left between the two lines above.
            waiter.Exit();
        }
    }

    /// <summary>Ends when those of the ids that requests of this process wait for are answered.</summary>
    internal Task Answered(IEnumerable<Guid> ids)
    {
        var waits = new List<Task>();
        foreach (var id in ids)
            if (waiters.TryGetValue(id, out var waiter))
                waits.Add(waiter.Answered.Task);
        return Task.WhenAll(waits);
    }

    internal void Leave(Guid id, Waiter waiter)
    {
        if (waiter.Exit())
            waiters.TryRemove(new KeyValuePair<Guid, Waiter>(id, waiter));
    }

    /// <summary>The net under the signals: what another process stored, or what was stored when a signal was lost.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var wasTold = await told.Wait(PollEvery, stoppingToken);
            try
            {
                // Else those that have waited longer than a poll; under load most are answered before.
                foreach (var waiting in waiters
                    .Where(pair => wasTold || clock.GetElapsedTime(pair.Value.Since) > PollEvery)
                    .GroupBy(pair => pair.Value.Service))
                    foreach (var (id, answer) in await Stored(waiting.Key, [.. waiting.Select(pair => pair.Key)], stoppingToken))
                        Signal(id, answer);
            }
            catch (NpgsqlException e)
            {
                logger.LogWarning(e, "The answers that requests wait for could not be read");
            }
        }
    }

    private static Task<List<(Guid Id, StoredAnswer Answer)>> Stored(Service service, Guid[] ids, CancellationToken ct) => service.Query(
        "select answer_id, status, headers, body from idempotency where answer_id = any($1) and status is not null",
        row => (row.GetGuid(0), StoredAnswer.Read(row, 1)), ct, (object)ids);

    private static string TopicOf(Service service) => service.Name + "/answers";

    private void Signal(Guid id, StoredAnswer answer)
    {
        if (waiters.TryGetValue(id, out var waiter))
            waiter.Answered.TrySetResult(answer);
    }

    /// <summary>The requests that wait for one answer.</summary>
    internal sealed class Waiter(Service service, long since)
    {
        private int count;

        public Service Service => service;

        public long Since => since;

        public TaskCompletionSource<StoredAnswer> Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Enter() => Interlocked.Increment(ref count);

        public bool Exit() => Interlocked.Decrement(ref count) == 0;
    }
}
