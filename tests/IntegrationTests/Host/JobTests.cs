using Npgsql;

namespace Souk.IntegrationTests.Host;

/// <summary>Timed work outlives the process that did it (P18).</summary>
public sealed class JobTests
{
    // A lease of 15 seconds, a look every 5, and the start of a process; a lease of minutes would be missed here.
    private static readonly TimeSpan TakenOverMax = TimeSpan.FromSeconds(60);
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_whose_process_was_killed_in_its_middle_is_taken_over()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner);
        Assert.Equal(0, (await souk.Command("migrate")).ExitCode);
        await using var data = NpgsqlDataSource.Create(database.Owner);

        // The job waits for this lock, so it is in its middle when the process dies.
        await using (var connection = await data.OpenConnectionAsync(Ct))
        await using (await connection.BeginTransactionAsync(Ct))
        {
            await using var hold = connection.CreateCommand();
            hold.CommandText = "lock table carts.redemptions in access exclusive mode";
            await hold.ExecuteNonQueryAsync(Ct);
            souk.Launch();
            await Eventually(async () => Assert.True(await IsLeased(data)), TakenOverMax);
            await souk.Kill();
        }
        Assert.True(await IsLeased(data), "The job was over before its process was killed.");
        Assert.False(await IsDone(data));

        await souk.Start();

        await Eventually(async () => Assert.True(await IsDone(data), souk.Output), TakenOverMax);
    }

    private static Task<bool> IsLeased(NpgsqlDataSource data) => Ask(data, "leased_until > now()");

    private static Task<bool> IsDone(NpgsqlDataSource data) =>
        Ask(data, "last_finished_at is not null and last_error is null");

    private static async Task<bool> Ask(NpgsqlDataSource data, string condition)
    {
        await using var ask = data.CreateCommand(
            $"select exists (select 1 from carts.jobs where name = 'RemoveOldCarts' and {condition})");
        return (bool)(await ask.ExecuteScalarAsync(Ct))!;
    }
}
