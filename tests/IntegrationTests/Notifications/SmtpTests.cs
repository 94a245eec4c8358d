using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;
using Souk.Contracts.Identity;
using Souk.Notifications.Events;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Mail by SMTP: a server that works, one that refuses, one that says nothing.</summary>
public class SmtpTests(NotificationsAlone souk)
{
    [Fact]
    public async Task A_mail_reaches_the_server_with_a_message_id_of_its_own_and_its_link()
    {
        await using var server = new SmtpServer("250 OK");
        var (mail, row) = await Send(server, "sent");

        Assert.Contains($"Message-ID: <{row.Id:N}@shop.example>", mail, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("From: \"My Shop\" <no-reply@shop.example>", mail, StringComparison.Ordinal);
        Assert.Contains("Subject: Confirm your e-mail address", mail, StringComparison.Ordinal);
        Assert.Contains("multipart/alternative", mail, StringComparison.Ordinal);
        Assert.EndsWith("***@example.com", row.Recipient, StringComparison.Ordinal);
        Assert.Equal(0L, row.Mailbox);
    }

    [Fact]
    public async Task A_mail_that_is_refused_for_good_is_given_up_and_the_log_names_no_address()
    {
        await using var server = new SmtpServer("550 no such user");
        var (_, row) = await Send(server, "failed");

        Assert.Contains("550", row.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("@", row.Error, StringComparison.Ordinal);
        Assert.Equal(1, row.Attempts);
    }

    [Fact]
    public async Task A_mail_that_is_refused_for_now_is_tried_again_and_so_is_one_for_a_server_that_says_nothing()
    {
        await using (var busy = new SmtpServer("451 later"))
        {
            var (_, row) = await Send(busy, "queued");
            Assert.True(row.NextTryIn is > 5 and < 30);
        }
        await using var silent = new SmtpServer(null);
        var (_, waiting) = await Send(silent, "queued");
        Assert.Contains("did not answer within 1 seconds", waiting.Error, StringComparison.Ordinal);
    }

    private async Task<(string Mail, Row Row)> Send(SmtpServer server, string status)
    {
        var database = await TestDatabase.Required();
        await using (database)
        {
            await using var app = await souk.Start(
                database, ("Mail:Host", "127.0.0.1"), ("Mail:Port", $"{server.Port}"), ("Mail:Tls", "false"), ("Mail:Timeout", "00:00:01"),
                ("Mail:From", "no-reply@shop.example"), ("Mail:FromName", "My Shop"));
            var (request, _) = souk.Person();
            await souk.Run((_, queue) => new OnLinkRequested(queue).Handle([new EmailVerificationRequested(request, Guid.CreateVersion7())], Ct), app);
            Row? row = null;
            await Eventually(async () =>
            {
                row = await Read(database.Owner);
                Assert.Equal(status, row.Status);
                Assert.True(status != "queued" || row.Error is not null);
            });
            await app.StopAsync(Ct);
            return (server.Received, row!);
        }
    }

    private static async Task<Row> Read(string owner)
    {
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand("""
            select id, status, coalesce(recipient, ''), error, attempts, extract(epoch from next_try_at - now())::float8,
                   (select count(*) from notifications.mailbox) from notifications.mails
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(Ct);
        Assert.True(await reader.ReadAsync(Ct));
        return new Row(
            reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetInt32(4),
            reader.GetDouble(5), reader.GetInt64(6));
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private sealed record Row(Guid Id, string Status, string Recipient, string? Error, int Attempts, double NextTryIn, long Mailbox);

    /// <summary>A mail server that takes everything, or answers every recipient with a line of its choice, or nothing to anybody.</summary>
    private sealed class SmtpServer : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly string? toRecipient;
        private readonly StringBuilder received = new();
        private readonly Task accepting;

        public SmtpServer(string? toRecipient)
        {
            this.toRecipient = toRecipient;
            listener.Start();
            accepting = Accept();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public string Received
        {
            get
            {
                lock (received)
                    return received.ToString();
            }
        }

        public async ValueTask DisposeAsync()
        {
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
            using var _ = client;
            if (toRecipient is null)
            {
                await Task.Delay(TimeSpan.FromSeconds(5));
                return;
            }
            using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
            await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 test");
            while (await reader.ReadLineAsync() is { } line)
            {
                var command = line.Length < 4 ? line : line[..4].ToUpperInvariant();
                switch (command)
                {
                    case "RCPT":
                        await writer.WriteLineAsync(toRecipient);
                        break;
                    case "DATA":
                        await writer.WriteLineAsync("354 go on");
                        while (await reader.ReadLineAsync() is { } data && data != ".")
                            lock (received)
                                received.AppendLine(data);
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
    }
}
