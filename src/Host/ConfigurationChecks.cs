using Npgsql;

namespace Souk.Host;

/// <summary>What must be right before anything starts. All problems at once: nobody likes to fix them one start at a time.</summary>
internal static class ConfigurationChecks
{
    private const int SecretLengthMin = 32;

    /// <exception cref="ConfigurationException">Something is wrong.</exception>
    public static void Run(IConfiguration configuration)
    {
        string[] problems = [.. Roles(configuration), .. Secret(configuration), .. Databases(configuration), .. Urls(configuration)];
        if (problems.Length > 0)
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
    }

    private static IEnumerable<string> Urls(IConfiguration configuration)
    {
        var urls = configuration[WebHostDefaults.ServerUrlsKey] ?? "";
        foreach (var url in urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            // BindingAddress knows http://*:80 and http://+:80, which Uri does not.
            if (!Parses(url))
                yield return $"--urls (ASPNETCORE_URLS) holds '{url}', which is no address. Example: {Marketplace.DefaultUrl}.";
    }

    private static bool Parses(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { Scheme: "http" or "https" };
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
