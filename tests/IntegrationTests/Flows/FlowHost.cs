using Npgsql;
using Souk.Host;
using Souk.IntegrationTests.Flows;
using Souk.Platform;

[assembly: AssemblyFixture(typeof(FlowHost))]

namespace Souk.IntegrationTests.Flows;

/// <summary>The whole marketplace for stories that cross its services; here new companies may sell at once.</summary>
public sealed class FlowHost : IAsyncLifetime
{
    private TestDatabase? database;
    private WebApplication? app;
    private string? missing;
    private Uri? url;

    /// <summary>How a marketplace of a story is set up, in this process or in one of its own.</summary>
    public static Dictionary<string, string?> Settings { get; } = new()
    {
        ["Identity:ApproveCompanies"] = "true",
        ["Identity:PasswordIterations"] = "1000",
    };

    public HttpClient Client()
    {
        if (url is null)
            TestDatabase.Missing(missing ?? "The host did not start.");
        return new HttpClient { BaseAddress = url };
    }

    public async Task<T> Value<T>(string sql, params object[] args) => (await database!.Rows(sql, row => row.GetFieldValue<T>(0), args)).Single();

    public async Task<(long OnHand, long Reserved)> Stock(Guid offer) => (await database!.Rows(
        "select coalesce(sum(on_hand), 0)::bigint, coalesce(sum(reserved), 0)::bigint from inventory.stock where offer_id = $1",
        row => (row.GetInt64(0), row.GetInt64(1)), offer)).Single();

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        var port = SoukServer.FreePort();
        var settings = SoukServer.Settings(database.Owner, port);
        foreach (var (key, value) in Settings)
            settings[key] = value;
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new TestLog("flows"));
        app = Marketplace.Build(builder);
        await app.Services.Migrate(CancellationToken.None);
        await app.StartAsync();
        url = new Uri($"http://127.0.0.1:{port}");
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        if (database is not null)
            await database.DisposeAsync();
    }
}

/// <summary>A look into the books of a marketplace, by its owner's connection.</summary>
internal static class Books
{
    public static async Task<List<T>> Rows<T>(this TestDatabase database, string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        await using var connection = new NpgsqlConnection(database.Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(new() { Value = arg });
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            rows.Add(read(reader));
        return rows;
    }
}
