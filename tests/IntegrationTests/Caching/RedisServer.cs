using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Souk.IntegrationTests.Caching;

/// <summary>A <c>redis-server</c> of a test's own, that keeps nothing on disk. It can be killed, stopped and emptied.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly int port = SoukServer.FreePort();
    private Process? process;

    /// <summary>Where it listens; the same after each start.</summary>
    public int Port => port;

    /// <summary>What a host has to be told of it.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["Redis:Configuration"] = $"127.0.0.1:{port}",
        // The machine may be busy: what is asked is whether it is right.
        ["Redis:Timeout"] = "00:00:01",
    };

    /// <summary>Starts one; the test is skipped where there is none to start.</summary>
    public static async Task<RedisServer> Required()
    {
        var redis = new RedisServer();
        try
        {
            await redis.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            TestDatabase.Missing("There is no redis-server here. Run ./test, which installs it where it may.");
        }
        return redis;
    }

    /// <summary>Starts it, on the same port each time, and waits until it answers.</summary>
    public async Task Start()
    {
        process = Process.Start(new ProcessStartInfo("redis-server")
        {
            ArgumentList = { "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no" },
            RedirectStandardOutput = true,
        })!;
        process.BeginOutputReadLine();
        await Eventually(async () => Assert.StartsWith("+PONG", await Say("PING"), StringComparison.Ordinal));
    }

    /// <summary>Ends it in the middle of whatever it does.</summary>
    public async Task Kill()
    {
        if (process is null)
            return;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <summary>It hangs: connections stay open, nothing is answered.</summary>
    public Task Hang() => Signal("-STOP");

    /// <summary>It goes on where it was.</summary>
    public Task GoOn() => Signal("-CONT");

    /// <summary>One command, by a connection of its own; the first line of the answer.</summary>
    public async Task<string> Say(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
    }

    public async ValueTask DisposeAsync() => await Kill();

    private async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }
}
