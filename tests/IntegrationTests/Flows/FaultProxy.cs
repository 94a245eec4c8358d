using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Souk.IntegrationTests.Flows;

/// <summary>What a network does to the bytes between the program and what it depends on.</summary>
internal enum Fault
{
    /// <summary>It carries them.</summary>
    None,

    /// <summary>They come later.</summary>
    Late,

    /// <summary>They come one by one.</summary>
    Dribbles,

    /// <summary>They wait until the fault is over. Connections are taken and stay open.</summary>
    Hangs,

    /// <summary>They are gone, and both ends believe that the connection is open.</summary>
    Loses,

    /// <summary>Connections are reset, new ones as well.</summary>
    Resets,
}

/// <summary>Stands between the program and a server of this machine, and does what a bad network does.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(20);
    private readonly int server;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, TcpClient> open = new();
    private readonly Task accepting;
    private volatile Fault fault;
    private volatile TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="server">The port of the server.</param>
    public FaultProxy(int server)
    {
        this.server = server;
        listener.Start(backlog: 512);
        accepting = Accept();
    }

    /// <summary>Where the program finds it.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How many connections it holds.</summary>
    public int Open => open.Count;

    /// <summary>From now on. A connection that lost bytes is reset when that is over: nobody could go on with it.</summary>
    public void Set(Fault next)
    {
        var before = fault;
        fault = next;
        var told = changed;
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (next == Fault.Resets || before == Fault.Loses)
            foreach (var (client, behind) in open)
            {
                Reset(client);
                Reset(behind);
            }
        told.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Set(Fault.Resets);
        listener.Stop();
        await accepting;
    }

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Serve(await listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var behind = new TcpClient { NoDelay = true };
        using var _ = client;
        client.NoDelay = true;
        open[client] = behind;
        try
        {
            if (fault == Fault.Resets)
            {
                Reset(client);
                return;
            }
            await behind.ConnectAsync(IPAddress.Loopback, server);
            var (near, far) = (client.GetStream(), behind.GetStream());
            await Task.WhenAny(Pump(near, far), Pump(far, near));
        }
        // A stream is asked of one that was reset meanwhile.
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            // One of the ends is gone.
        }
        finally
        {
            open.TryRemove(client, out var _);
        }
    }

    private async Task Pump(NetworkStream from, NetworkStream to)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            while (await from.ReadAsync(buffer) is > 0 and var count)
                await Pass(buffer.AsMemory(0, count), to);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // One of the ends is gone.
        }
    }

    private async Task Pass(ReadOnlyMemory<byte> bytes, NetworkStream to)
    {
        for (var change = changed; fault == Fault.Hangs; change = changed)
            await change.Task;
        if (fault == Fault.Loses)
            return;
        if (fault == Fault.Late)
            await Task.Delay(Latency);
        while (fault == Fault.Dribbles && bytes.Length > 0)
        {
            await to.WriteAsync(bytes[..1]);
            bytes = bytes[1..];
            await Task.Yield();
        }
        await to.WriteAsync(bytes);
    }

    private static void Reset(TcpClient client)
    {
        try
        {
            client.Client?.Close(timeout: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }
}
