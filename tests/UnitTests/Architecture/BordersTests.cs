using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Souk.Contracts;
using Souk.Platform;

namespace Souk.UnitTests.Architecture;

/// <summary>How services stay apart.</summary>
public sealed partial class BordersTests
{
    private static readonly HashSet<string> Shared = ["Contracts", "Platform"];

    // Public without being a request or a response: what the host's own commands call.
    private static readonly HashSet<string> CalledByTheHost = ["AdminInvitations", "AdminInvitation"];

    // The published face of a service: where services share a server they read each other's log by position.
    private static readonly HashSet<string> Published = ["log", "topic"];

    // Personal data stays out of events: it would be kept in every log and could not be erased.
    private static readonly string[] Personal =
        ["Email", "Phone", "FirstName", "LastName", "Recipient", "Line1", "Line2", "City", "Password", "Token", "Address", "BirthDate", "Ip"];

    public static TheoryData<string> Services() => [.. Source.Services];

    [Fact]
    public void The_services_are_found_on_disk() => Assert.True(Source.Services.Count >= 7, string.Join(", ", Source.Services));

    [Theory, MemberData(nameof(Services))]
    public void A_service_references_only_what_is_shared(string service)
    {
        var references = XDocument.Load(Path.Combine(Source.Root, "src", service, service + ".csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));

        Assert.Subset(Shared, references.ToHashSet());
    }

    [Fact]
    public void Contracts_reference_nothing_and_the_platform_only_contracts()
    {
        Assert.Empty(XDocument.Load(Path.Combine(Source.Root, "src/Contracts/Contracts.csproj")).Descendants("ProjectReference"));
        Assert.Single(XDocument.Load(Path.Combine(Source.Root, "src/Platform/Platform.csproj")).Descendants("ProjectReference"));
    }

    [Theory, MemberData(nameof(Services))]
    public void A_service_shows_its_module_and_its_requests_and_responses_only(string service)
    {
        var shown = Assembly.Load("Souk." + service).GetExportedTypes().Where(type => type.Namespace?.StartsWith("Souk.", StringComparison.Ordinal) == true);

        var wrong = shown.Where(type => !typeof(IModule).IsAssignableFrom(type) && !type.IsEnum && !IsRecord(type) && !CalledByTheHost.Contains(type.Name));

        Source.None(wrong.Select(type => type.FullName));
    }

    [Theory, MemberData(nameof(Services))]
    public void A_service_names_no_table_of_another(string service)
    {
        var others = Source.Services.Where(other => other != service).Select(other => other.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        var foreign = new List<string>();
        foreach (var path in Source.Files("src/" + service, "*.cs").Concat(Source.Files("src/" + service, "*.sql")))
            foreach (Match match in TableOfSchema().Matches(WithoutComments(path)))
                if (others.Contains(match.Groups["schema"].Value) && !Published.Contains(match.Groups["table"].Value))
                    foreign.Add($"{Source.Relative(path)}: {match.Value}");

        Source.None(foreign);
    }

    [Theory, MemberData(nameof(Services))]
    public void A_module_says_whom_its_service_asks(string service)
    {
        var ownedBy = typeof(IEvent).Assembly.GetExportedTypes().ToLookup(type => type.Name, type => type.Namespace);
        var named = Source.Files("src/" + service, "*.cs")
            .SelectMany(path => Api().Matches(WithoutComments(path)))
            .Select(match => match.Value)
            .Where(name => !ownedBy[name].Contains("Souk.Contracts." + service));
        var module = Souk.Host.Program.Modules.Single(module => module.GetType().Name == service + "Module");
        var said = module.Asks.Select(type => type.Name);

        Assert.Equal(named.Distinct().Order(StringComparer.Ordinal), said.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_event_is_a_sealed_record_of_its_service_without_personal_data()
    {
        var events = typeof(IEvent).Assembly.GetExportedTypes().Where(type => typeof(IEvent).IsAssignableFrom(type) && !type.IsInterface).ToList();

        Assert.NotEmpty(events);
        Assert.All(events, type =>
        {
            Assert.True(type.IsSealed && IsRecord(type), $"{type.Name} is no sealed record");
            Assert.Contains(type.Namespace!["Souk.Contracts.".Length..], Source.Services);
            Assert.DoesNotContain(type.GetProperties(), property => Personal.Contains(property.Name));
        });
    }

    [Fact]
    public void Every_module_is_in_the_hosts_list()
    {
        var listed = Souk.Host.Program.Modules.Select(module => module.GetType().Name);

        Assert.Equal(Source.Services.Select(service => service + "Module").Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    private static string WithoutComments(string path) => string.Join('\n', File.ReadLines(path)
        .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !line.TrimStart().StartsWith("--", StringComparison.Ordinal)));

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null || type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null;

    [GeneratedRegex(@"\bI[A-Z][a-z]+Api\b")]
    private static partial Regex Api();

    [GeneratedRegex(@"\b(?:from|join|into|update|table|on)\s+(?<schema>[a-z]+)\.(?<table>[a-z_]+)", RegexOptions.IgnoreCase)]
    private static partial Regex TableOfSchema();
}
