using System.Text.RegularExpressions;

namespace Souk.UnitTests.Architecture;

/// <summary>P19: what a migration must not do while the program of the release before serves.</summary>
public sealed partial class MigrationSafetyTests
{
    private const string Concurrently = ".concurrently.sql";

    // What is out in the world is not edited: its hash stands in databases. Each has its reason; nothing new comes.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["src/Carts/Migrations/0002_redemptions_age.sql: index on redemptions"] = "BRIN: one short read of the table",
        ["src/Carts/Migrations/0003_promotions.sql: index on contacts"] = "of the few contacts that are not kept",
        ["src/Carts/Migrations/0003_promotions.sql: constraint on promotions that is checked at once"] = "some hundreds",
        ["src/Carts/Migrations/0004_delivery_and_tax.sql: index on tax_rates"] = "some dozen rows",
        ["src/Carts/Migrations/0004_delivery_and_tax.sql: constraint on delivery_methods that is checked at once"] =
            "some dozen rows of a seller",
        ["src/Catalog/Migrations/0002_lists.sql: index on listing_entries"] = "before the first catalogue was large",
        ["src/Identity/Migrations/0005_account_search.sql: index on accounts"] =
            "before a file could be run outside of a transaction: writes of accounts wait seconds for a million",
        ["src/Notifications/Migrations/0004_suppressions.sql: index on mails"] = "of a new column: no row is in it",
        ["src/Payments/Migrations/0003_webhook_age.sql: index on webhooks"] = "BRIN: one short read of the table",
        ["src/Payments/Migrations/0004_ledger_accounts.sql: constraint on ledger_entries that is checked at once"] =
            "before there were ledgers",
        ["src/Platform/Db/Migrations/0003_payloads.sql: type of a column of outbox"] = "short at any moment",
        ["src/Platform/Db/Migrations/0003_payloads.sql: type of a column of log"] = "as the changelog says",
    };

    [Fact]
    public void No_migration_stops_who_serves_meanwhile()
    {
        var (files, found) = (0, new List<string>());
        foreach (var folder in Source.Files("src", "*.sql")
            .Where(path => path.Contains("/Migrations/", StringComparison.Ordinal))
            .GroupBy(path => Path.GetDirectoryName(path)!))
        {
            var (tables, filled) = (new HashSet<string>(StringComparer.Ordinal),
                new HashSet<string>(StringComparer.Ordinal));
            foreach (var path in folder)
            {
                files++;
                found.AddRange(Faults(Path.GetFileName(path), File.ReadAllText(path), tables, filled)
                    .Select(fault => $"{Source.Relative(path)}: {fault}"));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{files} migrations, {found.Except(Known.Keys).Count()} faults, {Known.Count} of before that stay");
        Source.None(found.Except(Known.Keys));
        // One that is gone from the files is gone from the list too.
        Source.None(Known.Keys.Except(found));
    }

    [Theory]
    [InlineData("create index a on old (x);", "index on old")]
    [InlineData("create unique index if not exists a\n on public.old using gin (x);", "index on old")]
    [InlineData("alter table only old add column y int, alter column x set not null;", "set not null on old")]
    [InlineData("alter table old alter x type bigint;", "type of a column of old")]
    [InlineData("alter table old rename column x to y;", "rename in old")]
    [InlineData("alter table old rename to older;", "rename in old")]
    [InlineData("alter table old drop column x;", "drop in old")]
    [InlineData("alter table old drop x;", "drop in old")]
    [InlineData("drop table if exists old;", "drop of table old")]
    [InlineData("alter table old add constraint c check (x > 0);", "constraint on old that is checked at once")]
    [InlineData("alter table old add check (x > 0);", "constraint on old that is checked at once")]
    [InlineData("alter table old add unique (x);", "constraint on old that is checked at once")]
    [InlineData("do $$ begin execute 'create index a on old (x)'; end $$;", "index on old")]
    [InlineData("create index concurrently a on old (x);", "concurrent index in a file that is not named so")]
    [InlineData("create table new (x int); create index a on new (x); alter table new alter column x set not null;",
        null)]
    [InlineData("-- create index a on old (x);\n/* drop table old; */ insert into old values ('drop table old');",
        null)]
    [InlineData("alter table old add column y text not null default '';", null)]
    [InlineData("alter table old drop constraint c; alter table old add constraint c check (x > 0) not valid;", null)]
    [InlineData("alter table old validate constraint c;", null)]
    [InlineData("alter table old alter column whole set not null;", null)]
    public void What_it_refuses(string sql, string? fault)
    {
        var (tables, filled) = (new HashSet<string>(StringComparer.Ordinal) { "old" },
            new HashSet<string>(StringComparer.Ordinal) { "old.whole" });

        Assert.Equal(fault is null ? [] : [fault], Faults("0002_next.sql", sql, tables, filled));
    }

    [Theory]
    [InlineData("create index concurrently a on old (x);", null)]
    [InlineData("create unique index concurrently a on old (x);", null)]
    [InlineData("create index concurrently if not exists a on old (x);",
        "no single CREATE INDEX CONCURRENTLY with a name")]
    [InlineData("create index concurrently on old (x);", "no single CREATE INDEX CONCURRENTLY with a name")]
    [InlineData("create index concurrently a on old (x); drop index b;",
        "no single CREATE INDEX CONCURRENTLY with a name")]
    [InlineData("alter table old add column y int;", "no single CREATE INDEX CONCURRENTLY with a name")]
    public void What_a_file_without_a_transaction_holds(string sql, string? fault) =>
        Assert.Equal(fault is null ? [] : [fault], Faults("0002_next" + Concurrently, sql, ["old"], []));

    // Tables, and columns without null that a check of an earlier file vouches for, by its name <column>_filled: both grow
    // from file to file.
    private static List<string> Faults(string name, string sql, HashSet<string> tables, HashSet<string> filled)
    {
        sql = Text().Replace(Comment().Replace(sql, " "), "''");
        if (name.EndsWith(Concurrently, StringComparison.Ordinal))
            return ConcurrentFile().IsMatch(sql) ? [] : ["no single CREATE INDEX CONCURRENTLY with a name"];
        var faults = new List<string>();
        if (ConcurrentIndex().IsMatch(sql))
            faults.Add("concurrent index in a file that is not named so");
        faults.AddRange(Index().Matches(sql).Select(Table).Where(tables.Contains).Select(table => $"index on {table}"));
        faults.AddRange(Drop().Matches(sql).Where(drop => tables.Contains(Table(drop)))
            .Select(drop => $"drop of {drop.Groups["what"].Value.ToLowerInvariant()} {Table(drop)}"));
        foreach (Match alter in Alter().Matches(sql))
            if (tables.Contains(Table(alter)))
                faults.AddRange(OfAlter(Table(alter), alter.Groups["does"].Value, filled));
        tables.UnionWith(Create().Matches(sql).Select(Table));
        filled.UnionWith(Alter().Matches(sql).SelectMany(alter => Validate().Matches(alter.Groups["does"].Value)
            .Select(check => $"{Table(alter)}.{check.Groups["column"].Value}")));
        return faults;
    }

    private static IEnumerable<string> OfAlter(string table, string does, HashSet<string> filled)
    {
        foreach (Match column in NotNull().Matches(does))
            if (!filled.Contains($"{table}.{column.Groups["column"].Value}"))
                yield return $"set not null on {table}";
        if (TypeChange().IsMatch(does))
            yield return $"type of a column of {table}";
        if (Rename().IsMatch(does))
            yield return $"rename in {table}";
        if (DropColumn().IsMatch(does))
            yield return $"drop in {table}";
        if (Constraint().IsMatch(does) && !does.Contains("not valid", StringComparison.OrdinalIgnoreCase)
            && !does.Contains("using index", StringComparison.OrdinalIgnoreCase))
            yield return $"constraint on {table} that is checked at once";
    }

    // With its schema where that is not the service's own.
    private static string Table(Match match) => match.Groups["table"].Value.ToLowerInvariant()
        .Replace("{schema}.", "", StringComparison.Ordinal).Replace("public.", "", StringComparison.Ordinal);

    [GeneratedRegex(@"--[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    // A text that is executed is looked into; the others are values.
    [GeneratedRegex(@"(?<!execute\s+)(?<!format\()'(?:[^']|'')*'", RegexOptions.IgnoreCase)]
    private static partial Regex Text();

    [GeneratedRegex(@"^\s*create\s+(unique\s+)?index\s+concurrently\s+(?!if\b|on\b)\w+\s+on\s[^;]*;?\s*$",
        RegexOptions.IgnoreCase)]
    private static partial Regex ConcurrentFile();

    [GeneratedRegex(@"\bindex\s+concurrently\b", RegexOptions.IgnoreCase)]
    private static partial Regex ConcurrentIndex();

    [GeneratedRegex(
        @"\bcreate\s+(unique\s+)?index\s+(?!concurrently)(if\s+not\s+exists\s+)?(\w+\s+)?on\s+(only\s+)?(?<table>[\w{}.]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Index();

    [GeneratedRegex(@"\bdrop\s+(?<what>table|view|materialized\s+view)\s+(if\s+exists\s+)?(?<table>[\w{}.]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Drop();

    [GeneratedRegex(@"\bcreate\s+(unlogged\s+)?table\s+(if\s+not\s+exists\s+)?(?<table>[\w{}.]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Create();

    [GeneratedRegex(@"\balter\s+table\s+(if\s+exists\s+)?(only\s+)?(?<table>[\w{}.]+)\s+(?<does>[^;]*)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Alter();

    [GeneratedRegex(@"\balter\s+(column\s+)?(?<column>\w+)\s+set\s+not\s+null", RegexOptions.IgnoreCase)]
    private static partial Regex NotNull();

    [GeneratedRegex(@"\balter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b", RegexOptions.IgnoreCase)]
    private static partial Regex TypeChange();

    [GeneratedRegex(@"\brename\b", RegexOptions.IgnoreCase)]
    private static partial Regex Rename();

    [GeneratedRegex(@"\bdrop\s+(?!constraint\b|not\b|default\b|identity\b|expression\b)(column\s+)?\w",
        RegexOptions.IgnoreCase)]
    private static partial Regex DropColumn();

    [GeneratedRegex(@"\badd\s+(constraint\s+\w+\s+)?(check|unique|primary\s+key|foreign\s+key|exclude)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\bvalidate\s+constraint\s+(?<column>\w+)_filled\b", RegexOptions.IgnoreCase)]
    private static partial Regex Validate();
}
