using Souk.Platform;
using Souk.Platform.Db;

namespace Souk.IntegrationTests.Host;

[Trait("Shape", "both")]
public sealed class MigrationTests(SoukServer souk)
{
    [Fact]
    public async Task Every_service_has_its_schema_and_a_role_that_sees_no_other()
    {
        var all = souk.Services.GetServices<Service>().ToList();
        foreach (var service in all)
        {
            await using var connection = await service.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = """
                select count(*) filter (where n.nspname = $1), count(*) filter (where n.nspname <> $1 and n.nspname = any($2) and c.relname not in ('log', 'topic') and c.relname not like 'log_%')
                  from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
                   and has_table_privilege(c.oid, 'select')
                """;
            command.Parameters.Add(new() { Value = service.Name });
            command.Parameters.Add(new() { Value = all.Select(other => other.Name).ToArray() });
            await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.True(reader.GetInt64(0) > 0, $"{service.Name} sees none of its own tables");
            Assert.Equal(0, reader.GetInt64(1));
        }
    }

    [Fact]
    public async Task Migrating_again_does_nothing() =>
        Assert.Equal(0, await souk.Services.Migrate(TestContext.Current.CancellationToken));

    [Fact]
    public async Task Who_has_migrated_leaves_the_turn_to_the_next_process()
    {
        await souk.Services.Migrate(TestContext.Current.CancellationToken);

        await Eventually(async () => Assert.Equal(0, await souk.Value<long>("""
            select count(*) from pg_locks l join pg_database d on d.oid = l.database
             where d.datname = current_database() and l.locktype = 'advisory' and l.classid = 0 and l.objid = 1399813483
            """)));
    }
}
