using Npgsql;
using Souk.Contracts.Identity;
using Souk.Notifications.Events;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Notifications with a mail server, which has the moods of the test.</summary>
public sealed class MailingHost(NotificationsAlone souk) : IAsyncLifetime
{
    private TestDatabase? database;
    private string? missing;
    private WebApplication? app;

    internal SmtpServer Server { get; } = new();

    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        app = await souk.Start(
            database, ("Mail:Host", "127.0.0.1"), ("Mail:Port", $"{Server.Port}"), ("Mail:Tls", "false"),
            ("Mail:Timeout", "00:00:03"), ("Mail:PerSecondMax", "1000"), ("Mail:From", "no-reply@shop.example"),
            ("Mail:FromName", "My Shop"));
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        await Server.DisposeAsync();
        if (database is not null)
            await database.DisposeAsync();
    }

    /// <summary>Somebody is to get a mail with a link; answers its row.</summary>
    internal async Task<MailRow> Mail()
    {
        var (request, _) = souk.Person();
        await Run(queue => new OnLinkRequested(queue).Handle(
            [new EmailVerificationRequested(request, Guid.CreateVersion7())], Ct));
        return (await Rows(request))[0];
    }

    /// <summary>An account is to move to another address; the action moves it.</summary>
    internal async Task<(Guid Mail, string Was, Action Move)> AccountThatMoves()
    {
        var (account, email) = souk.Person();
        await Run(queue => new OnEmailChangeRequested(queue).Handle([new EmailChangeRequested(account)], Ct));
        var mails = await Query(
            "select id from notifications.mails where account_id = $1", row => row.GetGuid(0), account);
        return (mails.Single(), email, () => souk.Move(account, $"{account:N}@elsewhere.example"));
    }

    /// <summary>Waits until a mail was tried and has this status.</summary>
    internal Task Status(Guid mail, string status) => Eventually(async () => Assert.Equal((status, true), (await Query(
        "select status, status <> 'queued' or error is not null from notifications.mails where id = $1",
        row => (row.GetString(0), row.GetBoolean(1)), mail)).Single()));

    internal Task Run(Func<Souk.Notifications.Queue, Task> work) => souk.Run((_, queue) => work(queue), app);

    /// <summary>The row of a mail, once it has this status and was tried.</summary>
    internal async Task<MailRow> Becomes(MailRow mail, string status)
    {
        MailRow? row = null;
        await Eventually(async () =>
        {
            row = (await Rows(mail.Request))[0];
            Assert.Equal(status, row.Status);
            Assert.True(status != "queued" || row.Error is not null);
        });
        return row!;
    }

    /// <summary>What waits is due.</summary>
    internal Task TryNow() => Query(
        "update notifications.mails set next_try_at = now() where status = 'queued'", _ => 0);

    /// <summary>What waits goes on waiting.</summary>
    internal Task TryLater() => Query(
        "update notifications.mails set next_try_at = now() + interval '1 hour' where status = 'queued'", _ => 0);

    internal async Task<List<T>> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        if (database is null)
            TestDatabase.Missing(missing ?? "There is no database.");
        return await database.Rows(sql, read, args);
    }

    private Task<List<MailRow>> Rows(Guid request) => Query(
        """
        select id, request_id, status, coalesce(recipient, ''), error, attempts,
               extract(epoch from next_try_at - now())::float8
          from notifications.mails where request_id = $1
        """,
        row => new MailRow(
            row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null
            : row.GetString(4),
            row.GetInt32(5), row.GetDouble(6)),
        request);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;
}

/// <summary>A mail in the queue or in the log.</summary>
internal sealed record MailRow(
    Guid Id, Guid Request, string Status, string Recipient, string? Error, int Attempts, double NextTryIn);
