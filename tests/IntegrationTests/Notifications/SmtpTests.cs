namespace Souk.IntegrationTests.Notifications;

/// <summary>Mail by SMTP: a server that works, and what they do that do not.</summary>
public class SmtpTests(MailingHost host) : IClassFixture<MailingHost>
{
    private const int MailsOfEach = 5;

    [Fact]
    public async Task A_mail_reaches_the_server_with_a_message_id_of_its_own_and_its_link()
    {
        var sent = await Becomes(SmtpMood.Takes, "sent");

        var mail = host.Server.Received;
        Assert.Contains($"Message-ID: <{sent.Id:N}@shop.example>", mail, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("From: My Shop <no-reply@shop.example>", mail, StringComparison.Ordinal);
        Assert.Contains("Subject: Confirm your e-mail address", mail, StringComparison.Ordinal);
        Assert.Contains("multipart/alternative", mail, StringComparison.Ordinal);
        Assert.EndsWith("***@example.com", sent.Recipient, StringComparison.Ordinal);
        Assert.Empty(await host.Query("select 1 from notifications.mailbox", _ => 0));
    }

    [Fact]
    public async Task A_mail_that_is_refused_for_good_is_given_up_and_the_log_names_no_address()
    {
        var unknown = await Becomes(SmtpMood.KnowsNobody, "bounced");
        // The address is good, the mail is not liked: it alone is given up.
        var disliked = await Becomes(SmtpMood.Dislikes, "failed");

        Assert.All([unknown, disliked], row =>
        {
            Assert.Contains("550", row.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("@", row.Error, StringComparison.Ordinal);
            Assert.Equal(1, row.Attempts);
        });
        Assert.Equal([unknown.Id], await host.Query(
            "select mail_id from notifications.suppressions where mail_id = any($1)", row => row.GetGuid(0),
            new[] { unknown.Id, disliked.Id }));
    }

    [Fact]
    public async Task A_mail_that_is_refused_for_now_is_tried_again_and_so_is_one_for_a_server_that_says_nothing()
    {
        var greylisted = await Becomes(SmtpMood.Later, "queued");
        Assert.True(greylisted.NextTryIn is > 5 and < 30);
        Assert.Contains("451", greylisted.Error, StringComparison.Ordinal);
        var waiting = await Becomes(SmtpMood.Silent, "queued");
        Assert.Contains("did not answer within 3 seconds", waiting.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_mail_is_lost_whatever_the_server_does_and_only_what_was_cut_off_after_the_data_comes_twice()
    {
        var (rows, cutOff) = (new List<MailRow>(), new HashSet<string>());
        foreach (var mood in new[] { SmtpMood.Later, SmtpMood.Tarpit, SmtpMood.BreaksOffAfterData })
        {
            host.Server.Mood = mood;
            var tried = await Tried();
            rows.AddRange(tried);
            if (mood == SmtpMood.BreaksOffAfterData)
                cutOff = [.. tried.Select(row => row.Id.ToString("N"))];
        }
        await host.Server.Down();
        rows.AddRange(await Tried());
        host.Server.Up();

        host.Server.Mood = SmtpMood.Takes;
        await host.TryNow();
        foreach (var row in rows)
            await host.Becomes(row, "sent");

        var came = host.Server.MessageIds.GroupBy(id => id).ToDictionary(same => same.Key, same => same.Count());
        var lost = rows.Count(row => !came.ContainsKey(row.Id.ToString("N")));
        var twice = rows.Select(row => row.Id.ToString("N")).Where(id => came.GetValueOrDefault(id) > 1).ToHashSet();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{rows.Count} mails to bad servers: {lost} lost, {twice.Count} came twice");
        Assert.Equal(0, lost);
        Assert.Equal(cutOff, twice);
        Assert.All(twice, id => Assert.Equal(2, came[id]));
        // Who was left for being slow gets nothing behind our back when it comes to the point after all.
        await Eventually(() =>
        {
            Assert.Equal(0, host.Server.Holds(SmtpMood.Tarpit));
            return Task.CompletedTask;
        });
        Assert.DoesNotContain(host.Server.Mails, mail => mail.Mood == SmtpMood.Tarpit);

        async Task<List<MailRow>> Tried()
        {
            var tried = new List<MailRow>();
            for (var i = 0; i < MailsOfEach; i++)
                tried.Add(await host.Mail());
            for (var i = 0; i < MailsOfEach; i++)
                tried[i] = await host.Becomes(tried[i], "queued");
            // Not again before the server is well, however long that takes.
            await host.TryLater();
            return tried;
        }
    }

    [Fact]
    public async Task Who_is_told_that_an_account_moves_is_told_where_it_was()
    {
        host.Server.Mood = SmtpMood.Later;
        var (mail, was, moved) = await host.AccountThatMoves();
        await host.Status(mail, "queued");
        moved();
        host.Server.Mood = SmtpMood.Takes;
        await host.TryNow();
        await host.Status(mail, "sent");

        Assert.Contains($"To: Anna Lind <{was}>", host.Server.Received, StringComparison.Ordinal);
        Assert.DoesNotContain("elsewhere.example", host.Server.Received, StringComparison.Ordinal);
    }

    private async Task<MailRow> Becomes(SmtpMood mood, string status)
    {
        host.Server.Mood = mood;
        return await host.Becomes(await host.Mail(), status);
    }
}
