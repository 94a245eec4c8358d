using Npgsql;
using Souk.Host.Internal;
using Souk.Platform.Db;

namespace Souk.Host;

/// <summary>What must be right before anything starts. All problems at once: nobody likes to fix them one start at a time.</summary>
internal static class ConfigurationChecks
{
    private const int SecretLengthMin = 32;

    /// <param name="configuration">What was configured.</param>
    /// <param name="serves">Whether the process will serve: a command needs databases, but no neighbours.</param>
    /// <exception cref="ConfigurationException">Something is wrong.</exception>
    public static void Run(IConfiguration configuration, bool serves)
    {
        List<string> problems =
            [.. Roles(configuration), .. Secret(configuration), .. Databases(configuration), .. Urls(configuration)];
        // What follows compares: it would say strange things about names and texts that are no good.
        if (serves && problems.Count == 0)
            problems.AddRange([.. Transport(configuration), .. NeighbourChecks.Run(configuration)]);
        if (problems.Count > 0)
            throw new ConfigurationException(problems);
    }

    private static IEnumerable<string> Roles(IConfiguration configuration)
    {
        var roles = Marketplace.Roles(configuration);
        var known = Program.Modules.Select(module => module.Name).ToArray();
        if (roles.Length == 0)
            yield return $"--roles (ROLES) is empty. Leave it out to host all, or name some of: {string.Join(", ", known)}.";
        if (roles is not ["all"])
            foreach (var role in roles.Except(known))
                yield return $"--roles (ROLES) names '{role}', which is no service. Known are: {string.Join(", ", known)}.";
    }

    private static IEnumerable<string> Secret(IConfiguration configuration)
    {
        if (configuration["Souk:Secret"] is not { Length: >= SecretLengthMin })
            yield return $"Souk__Secret is missing or shorter than {SecretLengthMin} characters. Set it to random characters "
                + "(openssl rand -hex 32), the same in every process.";
    }

    private static IEnumerable<string> Databases(IConfiguration configuration)
    {
        foreach (var (name, value) in configuration.GetSection("ConnectionStrings").AsEnumerable(makePathsRelative: true))
        {
            if (value is null)
                continue;
            string? problem = null;
            try
            {
                var parsed = new NpgsqlConnectionStringBuilder(value);
                if (string.IsNullOrEmpty(parsed.Host) || string.IsNullOrEmpty(parsed.Database))
                    problem = "names no Host or no Database";
            }
            catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException)
            {
                // The text of the exception may repeat the password.
                problem = "cannot be read";
            }
            if (problem is not null)
                yield return $"ConnectionStrings__{name} {problem}. Example: Host=127.0.0.1;Username=souk;Password=…;Database=souk.";
        }
        foreach (var service in Marketplace.Hosted(configuration).Select(module => module.Name))
            if (!Connections.Has(configuration, service))
                yield return $"ConnectionStrings__{Marketplace.SettingOf(service)} is missing, and so is "
                    + $"ConnectionStrings__Souk: {service} has no database.";
    }

    // Services read each other's logs where they share a database; what else brings events is Kafka.
    private static IEnumerable<string> Transport(IConfiguration configuration)
    {
        if (!string.IsNullOrEmpty(configuration["Kafka:BootstrapServers"]))
            yield break;
        var databases = Program.Modules
            .Select(module => (module.Name, Database: Connections.DatabaseOf(configuration, module.Name)))
            .Where(service => service.Database is not null)
            .GroupBy(service => service.Database!, service => service.Name)
            .ToList();
        if (databases.Count > 1)
            yield return "The services are on several databases, and Kafka__BootstrapServers is not set: nothing would "
                + "carry their events. "
                + string.Join("; ", databases.Select(database => $"{database.Key}: {string.Join(", ", database)}"))
                + ".";
    }

    private static IEnumerable<string> Urls(IConfiguration configuration)
    {
        var urls = configuration[WebHostDefaults.ServerUrlsKey] ?? "";
        foreach (var url in urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            // BindingAddress knows http://*:80 and http://+:80, which Uri does not.
            if (Parse(url) is not { Scheme: "http" or "https" })
                yield return $"--urls (ASPNETCORE_URLS) holds '{url}', which is no address. Example: {Marketplace.DefaultUrl}.";
    }

    /// <summary>An address to listen on; null when it is none.</summary>
    internal static BindingAddress? Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
