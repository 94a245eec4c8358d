using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Souk.IntegrationTests.Walls;

/// <summary>What came back.</summary>
/// <param name="Status">0 when the connection was closed without an answer.</param>
/// <param name="Headers">By name, in lower case; of several of one name the last.</param>
/// <param name="Body">As text.</param>
internal sealed record WireAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>
/// One connection that sends bytes as they are: clients of a library refuse to send what a server must be able to refuse.
/// </summary>
internal sealed class Wire(Uri url) : IAsyncDisposable
{
    private const int HeadMax = 64 << 10;
    private const string ChunkEnd = "\r\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly byte[] buffer = new byte[HeadMax];
    private TcpClient? client;
    private int filled;

    /// <summary>Sends one request and reads its answer; a connection that the server ended is opened again for the next.</summary>
    /// <param name="request">Head and body.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="breaksOff">Whether to say that nothing more comes.</param>
    public async Task<WireAnswer> Send(byte[] request, CancellationToken ct, bool breaksOff = false)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        var fresh = client is null;
        try
        {
            return await Exchange(request, breaksOff, limit.Token);
        }
        catch (Exception e) when (e is IOException or SocketException && !fresh)
        {
            // It was kept from before, and the server may have ended it in the meantime.
            await DisposeAsync();
            return await Send(request, ct, breaksOff);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await DisposeAsync();
            return new WireAnswer(0, new Dictionary<string, string>(), e.Message);
        }
    }

    public ValueTask DisposeAsync()
    {
        client?.Dispose();
        (client, filled) = (null, 0);
        return ValueTask.CompletedTask;
    }

    private async Task<WireAnswer> Exchange(byte[] request, bool breaksOff, CancellationToken ct)
    {
        if (client is null)
        {
            client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(url.Host, url.Port, ct);
        }
        var stream = client.GetStream();
        // A server that refuses early answers before it has read all: whoever only writes until the end never sees why.
        var sending = Write(client.Client, stream, request, breaksOff, ct);
        var answer = await Read(stream, ct);
        if (answer.Headers.GetValueOrDefault("connection") == "close" || !await Sent(sending) || breaksOff)
            await DisposeAsync();
        return answer;
    }

    private static async Task Write(
        Socket socket, NetworkStream stream, byte[] request, bool breaksOff, CancellationToken ct)
    {
        await stream.WriteAsync(request, ct);
        if (breaksOff)
            socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<bool> Sent(Task sending)
    {
        try
        {
            await sending;
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<WireAnswer> Read(NetworkStream stream, CancellationToken ct)
    {
        while (true)
        {
            int end;
            while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
                await Fill(stream, ct);
            var lines = Encoding.Latin1.GetString(buffer, 0, end).Split("\r\n");
            Take(end + 4);
            var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
            if (status == 100)
                continue;
            var headers = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var line in lines.Skip(1))
                headers[line[..line.IndexOf(':', StringComparison.Ordinal)].ToLowerInvariant()] =
                    line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            return new WireAnswer(status, headers, await Body(stream, status, headers, ct));
        }
    }

    private async Task<string> Body(NetworkStream stream, int status, Dictionary<string, string> headers,
        CancellationToken ct)
    {
        using var body = new MemoryStream();
        if (headers.TryGetValue("content-length", out var length))
            await Copy(stream, body, int.Parse(length, CultureInfo.InvariantCulture), ct);
        else if (headers.GetValueOrDefault("transfer-encoding") == "chunked")
            while (await Chunk(stream, body, ct))
            {
            }
        else if (status is not (204 or 304))
            headers["connection"] = "close";
        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }

    private async Task<bool> Chunk(NetworkStream stream, MemoryStream body, CancellationToken ct)
    {
        int end;
        while ((end = buffer.AsSpan(0, filled).IndexOf("\r\n"u8)) < 0)
            await Fill(stream, ct);
        var size = int.Parse(Encoding.ASCII.GetString(buffer, 0, end), NumberStyles.HexNumber,
            CultureInfo.InvariantCulture);
        Take(end + ChunkEnd.Length);
        await Copy(stream, body, size, ct);
        using var nothing = new MemoryStream();
        await Copy(stream, nothing, ChunkEnd.Length, ct);
        return size > 0;
    }

    private async Task Copy(NetworkStream stream, MemoryStream to, int count, CancellationToken ct)
    {
        while (count > 0)
        {
            if (filled == 0)
                await Fill(stream, ct);
            var part = Math.Min(count, filled);
            to.Write(buffer, 0, part);
            Take(part);
            count -= part;
        }
    }

    private async Task Fill(NetworkStream stream, CancellationToken ct)
    {
        if (filled == buffer.Length)
            throw new IOException("The head of the answer does not end.");
        var read = await stream.ReadAsync(buffer.AsMemory(filled), ct);
        if (read == 0)
            throw new IOException("The server closed the connection.");
        filled += read;
    }

    private void Take(int count)
    {
        buffer.AsSpan(count, filled - count).CopyTo(buffer);
        filled -= count;
    }
}
