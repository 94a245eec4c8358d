using System.Text.RegularExpressions;
using Npgsql;
using Souk.Host;
using Souk.Host.Commands;
using Souk.Platform;

namespace Souk.IntegrationTests.Host;

/// <summary>The audit says yes to a sound database, and names each thing that is planted wrong.</summary>
public sealed partial class VerifyTests(AuditedBooks books) : IClassFixture<AuditedBooks>
{
    [Fact]
    public async Task An_empty_marketplace_agrees_with_itself()
    {
        var (exitCode, output) = await books.Audit("");

        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("FAIL", output, StringComparison.Ordinal);
        Assert.DoesNotContain("skip", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(VerifyPlants.All), MemberType = typeof(VerifyPlants))]
    public async Task What_is_planted_is_found_by_its_check_and_by_no_other(string[] checks, string plant)
    {
        var id = Guid.CreateVersion7().ToString();

        var (exitCode, output) = await books.Audit(plant.Replace("$id", id, StringComparison.Ordinal));

        Assert.Equal(1, exitCode);
        Assert.Equal(checks, output.Split('\n').Where(line => line.StartsWith("FAIL", StringComparison.Ordinal))
            .Select(line => Failed().Match(line).Groups["check"].Value));
    }

    [Fact]
    public void Every_check_has_something_planted_for_it() =>
        Assert.Equal(
            VerifyChecks.All.Select(check => check.Says).Order(StringComparer.Ordinal),
            VerifyPlants.All.SelectMany(plant => plant.Data.Item1).Distinct().Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^FAIL  (?<check>.+) \(\d+ of \d+\)$")]
    private static partial Regex Failed();
}

/// <summary>A marketplace without a trade, for one plant after the other.</summary>
public sealed partial class AuditedBooks : IAsyncLifetime
{
    private TestDatabase? database;
    private WebApplication? app;
    private string? missing;

    public async ValueTask InitializeAsync()
    {
        (database, missing) = await TestDatabase.Create();
        if (database is null)
            return;
        var builder = Marketplace.Prepare(SoukServer.Settings(database.Owner, SoukServer.FreePort()));
        builder.Logging.ClearProviders();
        app = Marketplace.Build(builder);
        await app.Services.Migrate(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        if (database is not null)
            await database.DisposeAsync();
    }

    /// <summary>What the audit says with this planted. Its tables are empty again afterwards.</summary>
    internal async Task<(int ExitCode, string Output)> Audit(string plant)
    {
        if (app is null)
            TestDatabase.Missing(missing!);
        if (plant.Length > 0)
            await Execute(plant);
        var output = new StringWriter();
        var exitCode = await Verify.Run(app.Services, output, TestContext.Current.CancellationToken);
        foreach (Match planted in Inserted().Matches(plant))
            await Execute($"truncate {planted.Groups["table"].Value} cascade");
        return (exitCode, output.ToString());
    }

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(database!.Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"insert into (?<table>\w+\.\w+)")]
    private static partial Regex Inserted();
}
