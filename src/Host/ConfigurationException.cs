namespace Souk.Host;

/// <summary>The configuration is wrong: one readable line per problem, exit code 78 (<c>EX_CONFIG</c>).</summary>
internal sealed class ConfigurationException(IEnumerable<string> problems) : Exception("The configuration is wrong.")
{
    public const int ExitCode = 78;

    public IReadOnlyList<string> Problems { get; } = [.. problems];
}
