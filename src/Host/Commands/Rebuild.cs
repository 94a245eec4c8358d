using System.CommandLine;
using System.Globalization;
using Souk.Platform.Events;

namespace Souk.Host.Commands;

/// <summary>
/// <c>souk rebuild</c>: fills again what a service keeps of other services' things. Their owners publish the present states
/// once more, and the service takes them whatever it held. Serving goes on meanwhile; run twice it does the same twice.
/// </summary>
internal static class Rebuild
{
    private const int PageMax = 500;

    public static Command Command()
    {
        var service = new Option<string>("--service")
        {
            Description = "Whose: a service that keeps such tables, for example carts.", Required = true,
        };
        var command = new Command("rebuild", "Fill again what a service keeps of others' things, from their owners.")
        {
            service,
        };
        command.SetAction((parsed, ct) => CommandLine.With(
            [], (app, _) => Run(app.Services, parsed.GetValue(service)!, Console.Out, Console.Error, ct), ct));
        return command;
    }

    /// <summary>Does it; answers the exit code.</summary>
    public static async Task<int> Run(
        IServiceProvider provider, string service, TextWriter output, TextWriter error, CancellationToken ct)
    {
        var all = provider.GetServices<Projection>().ToList();
        var projections = all.Where(projection => projection.Service == service).ToList();
        if (projections.Count == 0)
        {
            var known = string.Join(", ", all.Select(kept => kept.Service).Distinct().Order(StringComparer.Ordinal));
            await error.WriteLineAsync($"souk: No service {service} keeps anything of others here. These do: {known}.");
            return 1;
        }
        var sources = provider.GetServices<StateSource>().ToDictionary(source => source.Event, StringComparer.Ordinal);
        if (projections.Find(projection => !sources.ContainsKey(projection.Event)) is { } orphan)
        {
            await error.WriteLineAsync($"souk: {orphan.Event} is owned by none of the roles here. Run it with all.");
            return 1;
        }
        var scopes = provider.GetRequiredService<IServiceScopeFactory>();
        foreach (var projection in projections)
            await Fill(projection, sources[projection.Event], scopes, output, ct);
        await output.WriteLineAsync($"Where {service} is served it takes them within moments, else when it starts.");
        return 0;
    }

    // A page is forgotten first and then told again. Ended in between, its rows wait for their next change or a new run.
    private static async Task Fill(
        Projection projection, StateSource source, IServiceScopeFactory scopes, TextWriter output, CancellationToken ct)
    {
        var (after, count) = (Guid.Empty, 0L);
        while (true)
        {
            var keys = await source.Keys(scopes, after, PageMax, ct);
            if (keys.Length == 0)
                break;
            await projection.Forget(scopes, keys, ct);
            await source.Publish(scopes, keys, ct);
            (after, count) = (keys[^1], count + keys.Length);
            await output.WriteLineAsync(Line(count) + " …");
        }
        await output.WriteLineAsync(Line(count) + ": all.");

        string Line(long n) => string.Create(
            CultureInfo.InvariantCulture,
            $"{projection.Table}: {n} {source.Event} published again by {source.Service}");
    }
}
