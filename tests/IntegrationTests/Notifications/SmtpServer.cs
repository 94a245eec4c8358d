using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Notifications;

/// <summary>What a mail server is like.</summary>
public enum SmtpMood
{
    /// <summary>It takes everything.</summary>
    Takes,

    /// <summary>It knows nobody.</summary>
    KnowsNobody,

    /// <summary>It does not like the mail.</summary>
    Dislikes,

    /// <summary>Not now, as greylisting says it.</summary>
    Later,

    /// <summary>It says nothing.</summary>
    Silent,

    /// <summary>It says a character a second.</summary>
    Tarpit,

    /// <summary>The same, and it never comes to the point.</summary>
    EndlessTarpit,

    /// <summary>It takes the mail and breaks off before it says so.</summary>
    BreaksOffAfterData,
}

/// <summary>A mail server whose mood the test sets, and that can be down.</summary>
internal sealed partial class SmtpServer : IAsyncDisposable
{
    // A greeting of many lines, of which the last never comes.
    private const string Endless = "220-wait for it\r\n";
    private readonly StringBuilder received = new();
    private readonly ConcurrentDictionary<TcpClient, SmtpMood> open = new();
    private readonly ConcurrentQueue<(SmtpMood Mood, string Data)> mails = new();
    private TcpListener? listener;
    private Task accepting = Task.CompletedTask;

    public SmtpServer() => Up();

    public SmtpMood Mood { get; set; }

    /// <summary>The same after it was down: nobody else gets it meanwhile.</summary>
    public int Port { get; } = SoukServer.FreePort();

    /// <summary>All it got, headers and bodies.</summary>
    public string Received
    {
        get
        {
            lock (received)
                return received.ToString();
        }
    }

    /// <summary>The Message-IDs of what it got, in their order.</summary>
    public List<string> MessageIds => [.. MessageId().Matches(Received).Select(match => match.Groups["id"].Value)];

    /// <summary>The same, with the mood in which it got each.</summary>
    public List<(SmtpMood Mood, string MessageId)> Mails =>
        [.. mails.Select(mail => (mail.Mood, MessageId().Match(mail.Data).Groups["id"].Value))];

    /// <summary>How many clients it holds in this mood at the moment.</summary>
    public int Holds(SmtpMood mood) => open.Values.Count(each => each == mood);

    /// <summary>Breaks off with everybody it holds.</summary>
    public void Cut()
    {
        foreach (var client in open.Keys)
            client.Close();
    }

    public void Up()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        accepting = Accept(listener);
    }

    public async Task Down()
    {
        listener!.Stop();
        await accepting;
    }

    public async ValueTask DisposeAsync() => await Down();

    private async Task Accept(TcpListener on)
    {
        try
        {
            while (true)
                _ = Serve(await on.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        var mood = Mood;
        open[client] = mood;
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n",
            AutoFlush = true };
        try
        {
            if (mood == SmtpMood.Silent)
                await reader.ReadLineAsync();
            foreach (var character in mood == SmtpMood.Tarpit ? "220 wait for it" : "")
            {
                await writer.WriteAsync(character);
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
            for (var said = 0; mood == SmtpMood.EndlessTarpit; said++)
            {
                await writer.WriteAsync(Endless[said % Endless.Length]);
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
            await Talk(mood, reader, writer);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client had enough, or was cut off.
        }
        finally
        {
            open.TryRemove(client, out var _);
        }
    }

    private async Task Talk(SmtpMood mood, StreamReader reader, StreamWriter writer)
    {
        await writer.WriteLineAsync("220 test");
        while (await reader.ReadLineAsync() is { } line)
        {
            switch (line.Length < 4 ? line : line[..4].ToUpperInvariant())
            {
                case "RCPT":
                    await writer.WriteLineAsync(mood switch
                    {
                        SmtpMood.KnowsNobody => "550 5.1.1 no such user",
                        SmtpMood.Dislikes => "550 5.7.1 rejected by policy",
                        SmtpMood.Later => "451 4.7.1 later",
                        _ => "250 OK",
                    });
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    var mail = new StringBuilder();
                    var data = await reader.ReadLineAsync();
                    for (; data is not null and not "."; data = await reader.ReadLineAsync())
                        mail.AppendLine(data);
                    // Without its end it is no mail.
                    if (data is null)
                        return;
                    lock (received)
                        received.Append(mail);
                    mails.Enqueue((mood, mail.ToString()));
                    if (mood == SmtpMood.BreaksOffAfterData)
                        return;
                    await writer.WriteLineAsync("250 taken");
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
                default:
                    await writer.WriteLineAsync("250 OK");
                    break;
            }
        }
    }

    [GeneratedRegex("^Message-ID: <(?<id>[^@]+)@", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex MessageId();
}
