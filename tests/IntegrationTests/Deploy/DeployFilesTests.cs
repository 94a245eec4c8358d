using System.Text.RegularExpressions;
using Souk.Host;

namespace Souk.IntegrationTests.Deploy;

/// <summary>The files in <c>deploy</c>, checked by the programs that will read them as far as those can be had.</summary>
public sealed partial class DeployFilesTests
{
    private const string Kubernetes = "1.34.0";
    private const string Chart = "deploy/helm/souk";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_chart_has_nothing_that_helm_warns_of() =>
        await Tool.Passes("helm", "lint", "--strict", Chart);

    [Theory]
    [InlineData("replicas=1")]
    [InlineData("gateway.tlsSecretName=tls,gateway.service.type=LoadBalancer,gateway.autoscaling.enabled=true")]
    [InlineData("defaults.autoscaling.enabled=true,migrate.enabled=false,networkPolicy.metricsFrom.matchLabels.a=b")]
    public async Task The_chart_makes_objects_that_Kubernetes_knows(string values)
    {
        var rendered = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(rendered, await Render("--set", values), Ct);

            await Tool.Passes(
                "kubeconform", ["-strict", "-kubernetes-version", Kubernetes, .. await Schemas(), rendered]);
        }
        finally
        {
            File.Delete(rendered);
        }
    }

    [Fact]
    public async Task Pods_run_as_nobody_in_particular_on_a_file_system_they_cannot_change()
    {
        var rendered = await Render();
        var pods = rendered.Split("\n---")
            .Where(text => text.Contains("      containers:", StringComparison.Ordinal)).ToList();

        Assert.Equal(Program.Modules.Count + 2, pods.Count);
        string[] wanted =
        [
            "runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "drop: [ALL]",
            "limits:",
        ];
        Assert.All(pods, pod => Assert.All(wanted, setting => Assert.Contains(setting, pod, StringComparison.Ordinal)));
        Assert.DoesNotContain("kind: Secret\n", rendered, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deploy/compose.yaml", "^  NAME:$")]
    [InlineData("deploy/compose.yaml", @"^    command: \[--roles, NAME\]$")]
    [InlineData("deploy/compose.yaml", @"^      NAME: \{condition: service_healthy\}$")]
    [InlineData("deploy/nginx/upstreams.conf", "^    server NAME:8080 ")]
    [InlineData("deploy/prometheus/prometheus.yml", @"- names: \[.*\bNAME\b.*\]")]
    [InlineData("deploy/helm/souk/values.yaml", "^  NAME:")]
    public async Task Every_service_is_deployed(string file, string line)
    {
        var text = await Read(file);

        Assert.All(Program.Modules, module => Assert.Matches(
            new Regex(line.Replace("NAME", module.Name, StringComparison.Ordinal), RegexOptions.Multiline), text));
    }

    [Theory]
    [InlineData("deploy/compose.yaml")]
    [InlineData("deploy/helm/souk/values.yaml")]
    [InlineData("deploy/helm/souk/templates/_helpers.tpl")]
    [InlineData("deploy/local-split")]
    public async Task Every_setting_that_is_made_is_one_that_is_documented(string file)
    {
        var (running, text) = (await Read("docs/running.md"), await Read(file));
        // Of `Neighbours__<Service>` the beginning is known; so it is of a setting that a template ends.
        var documented = Documented().Matches(running)
            .Select(setting => setting.Value.TrimStart('`').Split('<')[0]).ToHashSet(StringComparer.Ordinal);
        var made = Setting().Matches(text).Select(setting => setting.Value).Distinct().ToList();

        Assert.NotEmpty(made);
        var unknown = made.Where(setting => !documented.Any(known =>
            known == setting || Begins(known, setting) || Begins(setting, known))).ToList();
        Assert.Empty(unknown);
    }

    private static bool Begins(string section, string setting) =>
        section.EndsWith("__", StringComparison.Ordinal) && setting.StartsWith(section, StringComparison.Ordinal);

    private static Task<string> Read(string file) => File.ReadAllTextAsync(Path.Combine(Repository.Root, file), Ct);

    private static Task<string> Render(params string[] more) =>
        Tool.Passes("helm", ["template", "souk", Chart, "--kube-version", Kubernetes, .. more]);

    // The schemas of one version, from beside the tools; without them kubeconform asks the network.
    private static async Task<string[]> Schemas()
    {
        var packed = Path.Combine(Tool.Folder, "kubernetes-schemas-kubeconform.tar.xz");
        if (!File.Exists(packed))
            return [];
        var folder = Path.Combine(AppContext.BaseDirectory, "tools", "schemas");
        Directory.CreateDirectory(folder);
        if (!Directory.Exists(Path.Combine(folder, $"v{Kubernetes}-strict")))
            await Tool.Passes("tar", "-xJf", packed, "-C", folder, $"./v{Kubernetes}-strict");
        return
        [
            "-schema-location",
            folder + "/{{ .NormalizedKubernetesVersion }}{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json",
        ];
    }

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+__[A-Za-z0-9_.]+")]
    private static partial Regex Setting();

    [GeneratedRegex(@"`[A-Z][A-Za-z]+__[A-Za-z0-9_.]*<?")]
    private static partial Regex Documented();
}
