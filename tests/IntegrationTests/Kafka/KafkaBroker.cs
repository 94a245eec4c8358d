using System.Diagnostics;
using System.Net.Sockets;
using Souk.IntegrationTests.Kafka;

[assembly: AssemblyFixture(typeof(KafkaBroker))]

namespace Souk.IntegrationTests.Kafka;

/// <summary>
/// One real Kafka node for the whole run, started by the first test that asks for it: from <c>KAFKA_HOME</c>, else from
/// <c>../shared/kafka</c> beside the clone. Where there is none the tests are skipped, and in CI they fail.
/// </summary>
public sealed class KafkaBroker : IAsyncDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private readonly string data = Path.Combine(Path.GetTempPath(), $"souk-test-kafka-{Guid.CreateVersion7():n}");
    private readonly int port = SoukServer.FreePort();
    private readonly int controller = SoukServer.FreePort();
    private readonly SemaphoreSlim gate = new(1, 1);
    private Process? process;

    /// <summary>What sends a host's events through it, on topics of its own.</summary>
    public async Task<Dictionary<string, string?>> Settings()
    {
        await Start();
        return new()
        {
            ["Kafka:BootstrapServers"] = $"127.0.0.1:{port}",
            ["Kafka:TopicPrefix"] = $"test-{Guid.CreateVersion7():n}.",
            ["Kafka:Partitions"] = "6",
            ["Kafka:Replication"] = "1",
        };
    }

    /// <summary>Starts it, again when it was killed, and waits until it serves.</summary>
    public async Task Start()
    {
        await gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (process is not null)
                return;
            if (Home() is not { } home)
            {
                TestDatabase.Missing(
                    "There is no Kafka: KAFKA_HOME is not set and there is no ../shared/kafka beside the clone.");
                return;
            }
            var properties = Path.Combine(data, "server.properties");
            if (!Directory.Exists(data))
            {
                Directory.CreateDirectory(data);
                await File.WriteAllTextAsync(properties, Properties());
                using var format = Java(home, "kafka.tools.StorageTool",
                    "format", "--standalone", "--cluster-id", "MkU3OEVBNTcwNTJENDM2Qg", "--config", properties);
                await format.WaitForExitAsync();
                Assert.True(format.ExitCode == 0, $"Kafka's storage could not be made in {data}.");
            }
            process = Java(home, "kafka.Kafka", properties);
            await Serves();
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>SIGKILL. What it acknowledged is still there at the next start.</summary>
    public async Task Kill()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await Kill();
        if (Directory.Exists(data))
            Directory.Delete(data, recursive: true);
    }

    private static string? Home() => new[]
    {
        Environment.GetEnvironmentVariable("KAFKA_HOME"), Path.Combine(Repository.Root, "..", "shared", "kafka"),
    }.FirstOrDefault(home => !string.IsNullOrEmpty(home) && Directory.Exists(Path.Combine(home, "libs")));

    private Process Java(string home, params string[] arguments)
    {
        // The quick compiler alone: for the minutes it lives, the thorough one costs more than it gains.
        string[] all = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", Path.Combine(home, "libs", "*"), .. arguments];
        var started = Process.Start(new ProcessStartInfo("java", all)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = data,
        })!;
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    private async Task Serves()
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(since) < StartMax && process is { HasExited: false })
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    private string Properties() => $"""
        process.roles=broker,controller
        node.id=1
        controller.quorum.bootstrap.servers=127.0.0.1:{controller}
        listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
        advertised.listeners=PLAINTEXT://127.0.0.1:{port}
        controller.listener.names=CONTROLLER
        log.dirs={Path.Combine(data, "data")}
        auto.create.topics.enable=false
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=4
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        group.initial.rebalance.delay.ms=0
        group.min.session.timeout.ms=1000
        broker.session.timeout.ms=3000
        broker.heartbeat.interval.ms=500
        """;
}
