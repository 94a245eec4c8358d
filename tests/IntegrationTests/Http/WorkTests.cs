using Souk.Platform.Http;

namespace Souk.IntegrationTests.Http;

/// <summary>Mistakes with hand-written SQL are said where they are made.</summary>
public sealed class WorkTests(ProbeHost probe)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_array_that_is_the_only_argument_is_not_taken_for_many()
    {
        using var _ = probe.Client();
        string[] names = ["a", "b"];

        await Assert.ThrowsAsync<ArgumentException>(() => Write(db =>
        {
            db.Run("delete from things where name = any($1)", names);
            return Task.CompletedTask;
        }));
        await Write(db =>
            db.Query("select 1 from things where name = any($1)", row => row.GetInt32(0), Ct, (object)names));
    }

    [Fact]
    public async Task Rows_that_nobody_reads_do_not_become_those_of_the_next_statement()
    {
        using var _ = probe.Client();

        var before = await Assert.ThrowsAsync<InvalidOperationException>(() => Write(db =>
        {
            db.Run("select 1");
            db.Run("delete from things where name = 'nobody'");
            return db.Query("select 'next'", row => row.GetString(0), Ct);
        }));
        var last = await Assert.ThrowsAsync<InvalidOperationException>(() => Write(db =>
        {
            db.Run("select 1");
            return Task.CompletedTask;
        }));

        Assert.Contains("nobody reads", before.Message, StringComparison.Ordinal);
        Assert.Contains("select 1", last.Message, StringComparison.Ordinal);
    }

    private Task Write(Func<ProbeDb, Task> work) => probe.Services.GetRequiredService<Writes>().Run(work, Ct);
}
