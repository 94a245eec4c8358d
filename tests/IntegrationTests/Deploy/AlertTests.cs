namespace Souk.IntegrationTests.Deploy;

/// <summary>The alert rules, by the program that will read them.</summary>
public sealed class AlertTests
{
    [Fact]
    public async Task The_alert_rules_are_valid_and_fire_when_they_should()
    {
        await Tool.Passes("promtool", "check", "config", "deploy/prometheus/prometheus.yml");
        await Tool.Passes("promtool", "test", "rules", "deploy/prometheus/alerts_test.yml");
    }
}
