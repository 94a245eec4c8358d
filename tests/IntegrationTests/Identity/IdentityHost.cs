using Npgsql;
using Souk.Host;
using Souk.Platform;

namespace Souk.IntegrationTests.Identity;

/// <summary>A host of Identity alone with settings of its own, for what the shared one cannot show.</summary>
internal sealed class IdentityHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string owner;
    private readonly Uri url;

    private IdentityHost(WebApplication app, string owner, Uri url) => (this.app, this.owner, this.url) = (app, owner, url);

    public IServiceProvider Services => app.Services;

    public static async Task<IdentityHost> Start(Dictionary<string, string?> settings, int port)
    {
        settings["roles"] = "identity";
        settings["Internal:Urls"] = $"http://127.0.0.1:{SoukServer.FreePort()}";
        var builder = Marketplace.Prepare(settings);
        builder.Logging.ClearProviders();
        var app = Marketplace.Build(builder);
        await app.Services.Migrate(TestContext.Current.CancellationToken);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new IdentityHost(app, settings["ConnectionStrings:Souk"]!, new Uri($"http://127.0.0.1:{port}"));
    }

    public HttpClient Client() => new() { BaseAddress = url };

    public Task Execute(string sql) => Value<object?>(sql);

    public async Task<T> Value<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
