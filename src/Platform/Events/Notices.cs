using System.Collections.Concurrent;
using System.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Souk.Platform.Db;

namespace Souk.Platform.Events;

/// <summary>
/// Carries the signals of this process to others on the same database, and theirs here, by <c>NOTIFY</c>. Processes greet each
/// other, so a topic is told only where somebody listens to it, and one process alone tells nothing. What gets lost costs a poll.
/// </summary>
/// <remarks>
/// News is sent by a transaction of its own after the commit that made it, which waits for no disk: inside a durable one
/// NOTIFY makes all commits of the server wait for each other. What comes while one is sent goes along with the next.
/// All hear the greetings; news goes to a channel of each process that wants it, so that the others are not woken.
/// </remarks>
internal sealed class Notices : BackgroundService
{
    private const string Channel = "souk";
    private const int OthersMax = 1000;
    private const int IdMax = 40;
    private static readonly TimeSpan GreetEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromSeconds(1);

    private readonly string me = Guid.CreateVersion7().ToString("N");
    private readonly Signals signals;
    private readonly TimeProvider clock;
    private readonly ILogger<Notices> logger;
    private readonly Database[] databases;
    private readonly ConcurrentDictionary<string, Other> others = new(StringComparer.Ordinal);
    private readonly Signal toSend = new();
    private volatile HashSet<string> elsewhere = [];
    private volatile bool greet;
    private long greetedAt;

    public Notices(
        IEnumerable<Service> services, Connections connections, Signals signals, TimeProvider clock,
        ILogger<Notices> logger)
    {
        (this.signals, this.clock, this.logger) = (signals, clock, logger);
        databases =
        [
            .. from service in services
               group service by DatabaseOf(service.DataSource) into here
               let any = here.First()
               select new Database(
                   any.DataSource, ct => connections.Hold(any.Name, "notices-" + any.Name, ct), [.. here.Select(service => service.Name)]),
        ];
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Who begins to listen to something new says so: until then the others do not tell it.
        signals.Grew = Greet;
        await Task.WhenAll([Send(stoppingToken), .. databases.Select(database => Listen(database, stoppingToken))]);
    }

    private async Task Listen(Database database, CancellationToken ct)
    {
        var lost = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.Listener(ct);
                connection.Notification += (_, notice) => Hear(notice.Payload);
                await Execute(connection, $"listen {Channel}; listen {Channel}_{me}", ct);
                await Say(connection, "hello", ct);
                lost = false;
                try
                {
                    while (true)
                        await connection.WaitAsync(ct);
                }
                catch (OperationCanceledException) when (ct.IsCancellationRequested)
                {
                    // It may be gone together with the process.
                    if (connection.State == ConnectionState.Open)
                        await Say(connection, "bye", CancellationToken.None);
                    return;
                }
            }
            catch (Exception e) when (e is NpgsqlException or IOException && !ct.IsCancellationRequested)
            {
                if (!lost)
                    logger.LogWarning(e, "Other processes cannot be heard for now; what they do is found by polls");
                lost = true;
                await Task.Delay(ReconnectAfter, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or OperationCanceledException)
            {
                // The process ends; the others find out by themselves.
                return;
            }
        }
    }

    private void Hear(string notice)
    {
        switch (notice.Split(' '))
        {
            case [_, var id, ..] when id == me:
                break;
            case ["news", _, var topic, var types]:
                signals.WakeHere(topic, types.Split(','));
                break;
            case ["hello" or "here", { Length: <= IdMax } id, var topics] when others.Count < OthersMax:
                others[id] = new Other(topics.Split(','), clock.GetTimestamp());
                Settle();
                if (notice.StartsWith("hello", StringComparison.Ordinal))
                    Greet();
                else
                    toSend.Set(); // What could not be said while nobody was there.
                break;
            case ["bye", var id, ..]:
                others.TryRemove(id, out _);
                Settle();
                break;
        }
    }

    private void Greet()
    {
        greet = true;
        toSend.Set();
    }

    private void Settle()
    {
        elsewhere = others.Values.SelectMany(other => other.Topics).ToHashSet(StringComparer.Ordinal);
        signals.Elsewhere = others.IsEmpty ? null : Tell;
    }

    private void Tell(string topic, IEnumerable<string> types)
    {
        if (!elsewhere.Contains(topic)
            || Array.Find(databases, one => one.Services.Contains(ServiceOf(topic))) is not { } database)
            return;
        database.Tell(topic, types);
        toSend.Set();
    }

    private async Task Send(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await toSend.Wait(GreetEvery, ct);
                foreach (var gone in others.Where(other => clock.GetElapsedTime(other.Value.HeardAt) > GoneAfter))
                    others.TryRemove(gone);
                Settle();
                if (others.IsEmpty)
                    continue;
                var greeting = greet || clock.GetElapsedTime(greetedAt) > GreetEvery;
                (greet, greetedAt) = greeting ? (false, clock.GetTimestamp()) : (greet, greetedAt);
                foreach (var database in databases)
                    await Send(database, greeting, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogDebug(e, "Other processes could not be told");
            }
        }
    }

    private async Task Send(Database database, bool greeting, CancellationToken ct)
    {
        var notices = new List<(string Channel, string Text)>();
        foreach (var (topic, types) in database.Take())
            notices.AddRange(
                from other in others
                where other.Value.Topics.Contains(topic)
                select ($"{Channel}_{other.Key}", $"news {me} {topic} {string.Join(',', types)}"));
        if (greeting)
            notices.Add((Channel, Greeting("here")));
        if (notices.Count == 0)
            return;
        await using var send = database.Source.CreateCommand("""
            select set_config('synchronous_commit', 'off', true), pg_notify(channel, notice)
              from unnest($1, $2) as n(channel, notice)
            """);
        send.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. notices.Select(notice => notice.Channel)] });
        send.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. notices.Select(notice => notice.Text)] });
        await send.ExecuteNonQueryAsync(ct);
    }

    private string Greeting(string word) => $"{word} {me} {string.Join(',', signals.Topics)}";

    private async Task Say(NpgsqlConnection connection, string word, CancellationToken ct) =>
        await Execute(connection, $"select pg_notify('{Channel}', '{Greeting(word)}')", ct);

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    // Besides its events a service has other things to tell: carts/answers.
    private static string ServiceOf(string topic) => topic.Split('/')[0];

    private static string DatabaseOf(NpgsqlDataSource source)
    {
        var text = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        return $"{text.Host}:{text.Port}/{text.Database}";
    }

    /// <summary>Another process: the topics somebody listens to there.</summary>
    private sealed record Other(string[] Topics, long HeardAt);

    /// <summary>A database with services of this process, and the news that is to be told there.</summary>
    private sealed class Database(NpgsqlDataSource source, Func<CancellationToken, Task<NpgsqlConnection>> listener, HashSet<string> services)
    {
        private readonly Lock gate = new();
        private Dictionary<string, HashSet<string>> news = [];

        public NpgsqlDataSource Source => source;

        public HashSet<string> Services => services;

        public Task<NpgsqlConnection> Listener(CancellationToken ct) => listener(ct);

        public void Tell(string topic, IEnumerable<string> types)
        {
            lock (gate)
            {
                if (!news.TryGetValue(topic, out var known))
                    news.Add(topic, known = new HashSet<string>(StringComparer.Ordinal));
                known.UnionWith(types);
            }
        }

        public Dictionary<string, HashSet<string>> Take()
        {
            lock (gate)
            {
                var taken = news;
                news = [];
                return taken;
            }
        }
    }
}
