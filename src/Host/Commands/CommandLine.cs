using System.CommandLine;
using Microsoft.AspNetCore.Connections;
using Npgsql;

namespace Souk.Host.Commands;

/// <summary>What <c>souk</c> understands. Without a command it serves.</summary>
internal static class CommandLine
{
    // Over the drain and the last requests, and the end of the private PostgreSQL.
    private static readonly TimeSpan EndMax = TimeSpan.FromMinutes(2);

    public static Task<int> Invoke(string[] args) =>
        Root().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = EndMax });

    public static RootCommand Root()
    {
        var root = new RootCommand("Souk: an open marketplace in one program. Without a command it serves.");
        Serve.AddTo(root);
        root.Subcommands.Add(Migrate.Command());
        root.Subcommands.Add(AdminCreate.Command());
        root.Subcommands.Add(Verify.Command());
        root.Subcommands.Add(RecountStock.Command());
        root.Subcommands.Add(Rebuild.Command());
        root.Subcommands.Add(DeadLetters.Command());
        root.Subcommands.Add(OpenApi.Command());
        root.Subcommands.Add(GatewayConfig.Command());
        root.Subcommands.Add(DemoCommand.Command());
        return root;
    }

    /// <summary>
    /// Puts the application together, does the command's work with it and takes it apart: the application first, the private
    /// database last. A wrong configuration becomes a line per problem and exit code 78.
    /// </summary>
    /// <param name="settings">From the command line.</param>
    /// <param name="work">Gets the application, not started, and whether its database is the private one.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="serves">Whether the command serves.</param>
    public static async Task<int> With(
        Dictionary<string, string?> settings,
        Func<WebApplication, bool, Task<int>> work, CancellationToken ct, bool serves = false)
    {
        try
        {
            var builder = Marketplace.Configure(settings);
            await using var embedded = await Marketplace.StartEmbedded(builder, Say, ct);
            Marketplace.Register(builder, serves);
            if (serves)
                await PoolSizes.Fit(builder.Configuration, Say, ct);
            await using var app = Marketplace.Build(builder);
            return await work(app, embedded is not null);
        }
        catch (ConfigurationException e)
        {
            foreach (var problem in e.Problems)
                await Console.Error.WriteLineAsync("souk: " + problem);
            return ConfigurationException.ExitCode;
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync("souk: " + e.Message);
            return ConfigurationException.ExitCode;
        }
        catch (NpgsqlException e) when (e is not PostgresException)
        {
            await Console.Error.WriteLineAsync("souk: The database does not answer: " + e.Message);
            return ConfigurationException.ExitCode;
        }
    }

    /// <summary>The application with every route and nothing behind them, for commands that only look at routes.</summary>
    /// <param name="environment">Some routes are there in Development only; that of the process by default.</param>
    public static WebApplication RoutesAlone(string? environment = null)
    {
        var builder = Marketplace.Prepare(new Dictionary<string, string?>
        {
            // Nothing connects and nothing is signed.
            [HostDefaults.EnvironmentKey] = environment,
            ["ConnectionStrings:Souk"] = "Host=127.0.0.1;Database=none",
            ["Souk:Secret"] = new string('-', 32),
            ["Souk:PublicUrl"] = Marketplace.DefaultUrl,
            ["roles"] = "all",
            [WebHostDefaults.ServerUrlsKey] = "http://127.0.0.1:0",
        });
        builder.Logging.ClearProviders();
        // The listener alone: it is what puts the routes together.
        foreach (var background in builder.Services.Where(service =>
            service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Name != "GenericWebHostService").ToList())
            builder.Services.Remove(background);
        return Marketplace.Build(builder);
    }

    public static void Say(string text) => Console.Error.WriteLine("souk: " + text);
}
