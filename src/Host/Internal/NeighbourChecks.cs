namespace Souk.Host.Internal;

/// <summary>Whether the services of this process can ask those of others, and are asked by them.</summary>
internal static class NeighbourChecks
{
    private const string Example = "http://0.0.0.0:5100";

    public static IEnumerable<string> Run(IConfiguration configuration)
    {
        var hosted = Marketplace.Hosted(configuration);
        foreach (var (service, askedBy) in Neighbours.MissingFrom(hosted))
        {
            var setting = $"Neighbours__{Marketplace.SettingOf(service)}";
            var address = configuration[$"Neighbours:{service}"];
            if (string.IsNullOrEmpty(address))
                yield return $"{setting} is missing: {string.Join(", ", askedBy)} ask {service}, which is not here. "
                    + $"Set it to the Internal__Urls of a process that hosts it. Example: http://{service}:5100.";
            else if (!Uri.TryCreate(address, UriKind.Absolute, out var uri)
                || uri is not { Scheme: "http" or "https", PathAndQuery: "/" })
                yield return $"{setting} is '{address}', which is no address without a path. "
                    + $"Example: http://{service}:5100.";
        }

        var urls = Split(configuration["Internal:Urls"] ?? "");
        var asked = Neighbours.AskedFromOutside(hosted);
        if (urls.Length == 0 && asked.Count > 0)
            yield return $"Internal__Urls is missing: other processes ask {string.Join(", ", asked)} here. "
                + $"Example: {Example}, reached by them alone.";
        var open = Split(configuration[WebHostDefaults.ServerUrlsKey] ?? Marketplace.DefaultUrl)
            .Select(url => ConfigurationChecks.Parse(url)?.Port).ToList();
        foreach (var url in urls)
            if (ConfigurationChecks.Parse(url) is not { Scheme: "http" } address)
                yield return $"Internal__Urls holds '{url}', which is no http address. Example: {Example}.";
            else if (address.Port != 0 && open.Contains(address.Port))
                yield return $"Internal__Urls holds '{url}', whose port is a public one. Take another: it is for "
                    + "this deployment's processes alone.";
    }

    private static string[] Split(string urls) =>
        urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
