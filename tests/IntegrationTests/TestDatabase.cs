using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Souk.IntegrationTests;

/// <summary>A database of its own on the server that <c>ConnectionStrings__Souk</c> names, gone with its roles when the test is done.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string server;

    private TestDatabase(string server, string name)
    {
        this.server = server;
        Name = name;
        Owner = new NpgsqlConnectionStringBuilder(server) { Database = name, IncludeErrorDetail = true }.ConnectionString;
    }

    /// <summary>Its name: <c>souk_test_…</c>.</summary>
    public string Name { get; }

    /// <summary>The connection that may do everything in it.</summary>
    public string Owner { get; }

    /// <summary>Makes one, or says why that is not possible here.</summary>
    /// <param name="inBothShapes">Whether it is for what is the same as separate services; other hosts do without then.</param>
    public static async Task<(TestDatabase? Database, string? Missing)> Create(bool inBothShapes = false)
    {
        if (SoukServer.IsSplit && !inBothShapes)
            return (null, "It makes a host of its own, and is tested in the run that is not against separate services.");
        var server = Environment.GetEnvironmentVariable("ConnectionStrings__Souk");
        if (string.IsNullOrEmpty(server))
            return (null, "ConnectionStrings__Souk is not set: there is no PostgreSQL to test on. Run ./test, which brings one.");
        var database = new TestDatabase(server, $"souk_test_{Guid.CreateVersion7():N}"[..30]);
        try
        {
            await database.OnServer($"create database {database.Name}");
            return (database, null);
        }
        catch (NpgsqlException e)
        {
            return (null, $"The PostgreSQL of ConnectionStrings__Souk cannot be used: {e.Message}");
        }
    }

    /// <summary>Makes one for a test, which is skipped where there is no server.</summary>
    public static async Task<TestDatabase> Required()
    {
        var (database, missing) = await Create();
        if (database is null)
            Missing(missing!);
        return database;
    }

    /// <summary>Skips the test with the reason; in CI it fails, because there a skip would hide that nothing was tested.</summary>
    [DoesNotReturn]
    public static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") is "true" or "1")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }

    /// <summary>All rows of a query, by the owner's connection.</summary>
    public async Task<List<T>> Rows<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] args)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var arg in args)
            command.Parameters.Add(new() { Value = arg });
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            rows.Add(read(reader));
        return rows;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await OnServer($"drop database if exists {Name} with (force)");
        // The roles of its services belong to the server, not to the database.
        await using var connection = await Open();
        await using var list = new NpgsqlCommand("select rolname from pg_roles where starts_with(rolname, $1)", connection)
        {
            Parameters = { new() { Value = Name + "_" } },
        };
        var roles = new List<string>();
        await using (var reader = await list.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                roles.Add(reader.GetString(0));
        foreach (var role in roles)
            await OnServer($"drop role \"{role}\"");
    }

    private async Task OnServer(string sql)
    {
        await using var connection = await Open();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    private async Task<NpgsqlConnection> Open()
    {
        // Not the database of the string: it may not be there yet. Not pooled: the last one must not keep the server busy.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Database = "postgres", Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
