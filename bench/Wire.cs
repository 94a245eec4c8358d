using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Souk.Bench;

/// <summary>
/// One keep-alive HTTP/1.1 connection with blocking calls. The driver shares the machine with what it measures, so it must
/// cost next to nothing: about a third of what a full HTTP client takes per request.
/// </summary>
internal sealed class Wire : IDisposable
{
    private const int BufferMax = 1 << 20;
    private readonly Socket socket;
    private readonly string host;
    private byte[] buffer = new byte[16 * 1024];
    private int length;
    private int headersEnd;
    private int bodyStart;

    public Wire(Uri address)
    {
        host = address.Authority;
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
        socket.Connect(IPAddress.Loopback, address.Port);
    }

    public int Status { get; private set; }

    public ReadOnlySpan<byte> Body => buffer.AsSpan(bodyStart, length - bodyStart);

    /// <summary>Whether this was the last answer on this connection: a gateway ends them now and then.</summary>
    public bool IsLast => bodyStart > 0 && Header("Connection"u8).SequenceEqual("close"u8);

    public string BodyText => Encoding.UTF8.GetString(Body);

    /// <summary>Builds a request once; it can be sent many times.</summary>
    public byte[] Request(string method, string path, string headers = "", string? body = null)
    {
        var text = new StringBuilder().Append(method).Append(' ').Append(path).Append(" HTTP/1.1\r\nHost: ").Append(host).Append("\r\n").Append(headers);
        if (body is not null)
            text.Append("Content-Type: application/json\r\nContent-Length: ").Append(Encoding.UTF8.GetByteCount(body)).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.Append("\r\n").Append(body).ToString());
    }

    public int Send(string method, string path, string headers = "", string? body = null) => Send(Request(method, path, headers, body));

    /// <summary>Sends and waits for the whole answer; answers its status.</summary>
    public int Send(byte[] request)
    {
        socket.Send(request);
        length = 0;
        headersEnd = -1;
        while (headersEnd < 0)
        {
            Receive();
            headersEnd = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
        }
        bodyStart = headersEnd + 4;
        Status = Utf8Parser.TryParse(buffer.AsSpan(9, 3), out int status, out _) ? status : throw new IOException("No HTTP answer.");

        var lengthText = Header("Content-Length"u8);
        if (!lengthText.IsEmpty && Utf8Parser.TryParse(lengthText, out int bodyLength, out _))
            while (length < bodyStart + bodyLength)
                Receive();
        else if (!Header("Transfer-Encoding"u8).IsEmpty)
            ReadChunks();
        return Status;
    }

    public string? HeaderText(string name)
    {
        var value = Header(Encoding.ASCII.GetBytes(name));
        return value.IsEmpty ? null : Encoding.ASCII.GetString(value);
    }

    /// <summary>The value of the first string member of that name anywhere in the body: enough to take a token out of an answer.</summary>
    public string Member(string name)
    {
        var key = Encoding.UTF8.GetBytes($"\"{name}\":\"");
        var at = Body.IndexOf(key);
        if (at < 0)
            throw new InvalidOperationException($"No {name} in the answer {Status}: {BodyText}");
        var rest = Body[(at + key.Length)..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)'"')]);
    }

    public void Dispose() => socket.Dispose();

    private ReadOnlySpan<byte> Header(ReadOnlySpan<byte> name)
    {
        var rest = buffer.AsSpan(0, headersEnd + 2);
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = rest[..end];
            rest = rest[(end + 2)..];
            if (line.Length > name.Length && line[name.Length] == ':' && Ascii.EqualsIgnoreCase(line[..name.Length], name))
                return line[(name.Length + 1)..].Trim((byte)' ');
        }
        return [];
    }

    private void ReadChunks()
    {
        var (read, write) = (bodyStart, bodyStart);
        while (true)
        {
            int end;
            while ((end = buffer.AsSpan(read, length - read).IndexOf("\r\n"u8)) < 0)
                Receive();
            if (!Utf8Parser.TryParse(buffer.AsSpan(read, end), out int size, out _, 'x'))
                throw new IOException("No chunk of an HTTP answer.");
            read += end + 2;
            while (length < read + size + 2)
                Receive();
            buffer.AsSpan(read, size).CopyTo(buffer.AsSpan(write));
            write += size;
            read += size + 2;
            if (size == 0)
                break;
        }
        length = write;
    }

    private void Receive()
    {
        if (length == buffer.Length)
        {
            if (length >= BufferMax)
                throw new InvalidOperationException("An answer is larger than 1 MB.");
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        var received = socket.Receive(buffer.AsSpan(length));
        if (received == 0)
            throw new IOException("The server closed the connection.");
        length += received;
    }
}
