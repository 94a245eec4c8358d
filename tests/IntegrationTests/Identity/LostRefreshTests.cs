using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Souk.IntegrationTests.Identity;

/// <summary>P25: the process is killed when refresh tokens were rotated and nobody was told. Whoever asks again gets on.</summary>
public sealed class LostRefreshTests(ITestOutputHelper output)
{
    private const int SignIns = 8;
    private const int Lock = 2504;

    [Fact]
    public async Task Whoever_lost_the_answer_to_a_refresh_with_its_process_gets_the_same_successor_from_another()
    {
        await using var database = await TestDatabase.Required();
        await using var all = new SoukProcess(database.Owner);
        await all.Command("migrate");
        await using var dying = OneOfIdentity(database);
        await using var other = OneOfIdentity(database);
        await Task.WhenAll(dying.Start(), other.Start());
        using var there = other.Client();
        var tokens = await Task.WhenAll(Enumerable.Range(0, SignIns).Select(async _ =>
            (await there.SignedIn((await there.NewCustomer()).Email)).Text("refresh_token")));

        // All of them come as far as their commit, which waits in the database. The process stops, the commit goes on.
        var holder = await HoldCommits(database);
        using var client = dying.Client();
        var asked = tokens.Select(token => Refresh(client, token)).ToArray();
        await Eventually(async () => Assert.Equal(SignIns, await Count(database, $"""
            select count(*) from pg_locks l join pg_database d on d.oid = l.database
             where d.datname = current_database() and l.locktype = 'advisory' and l.objid = {Lock} and not l.granted
            """)));
        await Signal(dying, "-STOP");
        await holder.DisposeAsync();
        await Eventually(async () => Assert.Equal(SignIns, await Count(
            database, "select count(*) from identity.sessions where rotated_at is not null")));
        await dying.Kill();
        foreach (var answer in asked)
            await Assert.ThrowsAsync<HttpRequestException>(() => answer);

        var again = await Task.WhenAll(tokens.Select(token => Refresh(there, token)));
        foreach (var answer in again)
        {
            answer.Must(200);
            (await there.Me(answer.Text("access_token"))).Must(200);
            (await Refresh(there, answer.Text("refresh_token"))).Must(200);
        }
        Assert.Equal(0, await Count(database, "select count(*) from identity.sessions where ended_at is not null"));
        output.WriteLine(
            $"killed between rotation and answer: {SignIns} refreshes, {again.Length} got on with the old token, "
            + "0 false revocations");
    }

    private static SoukProcess OneOfIdentity(TestDatabase database) => new(database.Owner, new()
    {
        ["roles"] = "identity", ["Internal:Urls"] = $"http://127.0.0.1:{SoukServer.FreePort()}",
    });

    // A deferred trigger runs when the transaction commits; it waits until the connection that is returned is closed.
    private static async Task<NpgsqlConnection> HoldCommits(TestDatabase database)
    {
        await database.Rows($"""
            create schema stops;
            create function stops.halt() returns trigger language plpgsql security definer as $$
            begin
                -- The test is quick, but not as quick as the time limits of the services.
                perform set_config('lock_timeout', '0', true), pg_advisory_xact_lock_shared({Lock});
                return null;
            end $$;
            create constraint trigger stops after update on identity.sessions deferrable initially deferred
                for each row execute function stops.halt();
            """, _ => 0);
        var unpooled = new NpgsqlConnectionStringBuilder(database.Owner) { Pooling = false };
        var holder = new NpgsqlConnection(unpooled.ConnectionString);
        await holder.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"select pg_advisory_lock({Lock})", holder);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return holder;
    }

    private static async Task Signal(SoukProcess process, string signal)
    {
        using var sent = Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await sent.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<long> Count(TestDatabase database, string sql) =>
        (await database.Rows(sql, row => row.GetInt64(0))).Single();

    private static Task<Reply> Refresh(HttpClient client, string token) =>
        client.Post("/auth/refresh-token", new { refresh_token = token });
}
