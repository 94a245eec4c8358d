using System.Globalization;

namespace Souk.IntegrationTests.Host;

/// <summary>
/// P22: nothing grows without bound. Every table with a time in it is here: either what is old goes, in steps that stay short
/// however much there is, or it is said why it stays. A table that nobody thought of fails the test.
/// </summary>
public sealed class CleaningTests(ITestOutputHelper output)
{
    // More than a statement may take at once.
    private const int Many = 6000;

    // What stands below for "*" is there in each of them.
    private static readonly string[] Services =
        ["identity", "catalog", "inventory", "carts", "orders", "payments", "notifications"];

    // {0} is the age of the rows that the insert makes. What is younger stays.
    private static readonly Kept[] Goes =
    [
        new("*.inbox", "9 days", "5 days", "(id, at) select gen_random_uuid(), {0}"),
        new("*.idempotency", "8 days", "5 days", """
            (principal, route, key, request_hash, status, created_at)
            select 'somebody', 'POST /x', gen_random_uuid()::text, '', 200, {0}
            """),
        new("identity.revocations", "1 hour", "1 minute", """
            (account_id, not_before, at) select gen_random_uuid(), {0}, {0}
            """),
        new("identity.link_requests", "31 days", "20 days", """
            (id, purpose, email, created_at, expires_at)
            select gen_random_uuid(), 'verify_email', 'ann@example.com', {0}, {0}
            """),
        new("identity.sessions", "1 minute", "-1 day", """
            (id, account_id, token_hash, expires_at)
            select gen_random_uuid(), (select id from identity.accounts), '', {0}
            """),
        new("identity.sessions", "31 days", "20 days", """
            (id, account_id, token_hash, expires_at, ended_at)
            select gen_random_uuid(), (select id from identity.accounts), '', now() + interval '1 day', {0}
            """),
        new("identity.sign_in_failures", "25 hours", "12 hours", """
            (scope, failures, last_at, blocked_until) select gen_random_uuid()::text, 1, {0}, {0}
            """),
        // One a month.
        new("identity.signing_keys", "2 hours", "10 minutes", """
            (kid, state, x, y, private_key, activated_at, retired_at)
            select gen_random_uuid()::text, 'retired', k.x, k.y, k.private_key, {0}, {0}
              from (select * from identity.signing_keys where state = 'active') k cross join
            """) { Rows = 3, IsFew = true },
        // Of each offer the last one before stays.
        new("catalog.offer_prices", "401 days", "300 days", """
            (offer_id, at, price_minor, currency) select $2, {0} - n * interval '1 second', 100, 'EUR'
            """) { Left = 2 },
        new("catalog.imports", "31 days", "20 days", """
            (id, company_id, shop_id, account_id, one_shop, dry_run, status, rows, created_at, finished_at, version)
            select gen_random_uuid(), $2, $2, $2, false, false, 'done', 0, {0}, {0}, 1
            """) { Rows = 600 },
        new("carts.carts", "31 days", "20 days", "(id, created_at, updated_at) select gen_random_uuid(), {0}, {0}"),
        new("carts.redemptions", "61 days", "30 days", """
            (order_id, promotion_id, customer, created_at) select gen_random_uuid(), $2, '', {0}
            """),
        new("payments.webhooks", "31 days", "20 days", """
            (gateway, id, payload, payment_id, known, received_at)
            select 'simulator', gen_random_uuid()::text, 'null', $2, true, {0}
            """),
        new("payments.payment_signals", "32 days", "20 days", "(payment_id, at) select gen_random_uuid(), {0}"),
        new("notifications.mails", "91 days", "60 days", """
            (id, template, status, created_at) select gen_random_uuid(), 'x', 'sent', {0}
            """),
        new("notifications.notifications", "91 days", "60 days", """
            (id, inbox_id, kind, template, created_at) select gen_random_uuid(), $2, 'x', 'x', {0}
            """),
        new("notifications.orders", "401 days", "300 days", """
            (id, number, currency, total_minor, contact_id, lines, at)
            select gen_random_uuid(), 'x', 'EUR', 1, $2, '[]', {0}
            """),
        new("notifications.mailbox", "8 days", "5 days", """
            (id, recipients, subject, text, at) select gen_random_uuid(), 'ann@example.com', 'x', 'x', {0}
            """),
        new("notifications.stock_watches", "181 days", "100 days", """
            (id, offer_id, account_id, created_at) select gen_random_uuid(), $2, gen_random_uuid(), {0}
            """),
        new("notifications.stock_watches", "31 days", "20 days", """
            (id, offer_id, account_id, created_at, told_at) select gen_random_uuid(), $2, gen_random_uuid(), {0}, {0}
            """),
    ];

    private static readonly (string Why, string[] Tables)[] Stays =
    [
        ("What was bought, what lies where, and the money of it.",
        [
            "orders.orders", "orders.order_parts", "orders.timeline", "orders.piece_moves", "orders.shipments",
            "orders.returns", "orders.order_notes", "carts.contacts", "inventory.movements", "inventory.stock_days",
            "payments.order_money", "payments.payments", "payments.refunds", "payments.transactions",
            "payments.ledger_entries", "payments.earnings", "payments.payouts", "payments.payout_files",
            "payments.disputes", "payments.reviews", "payments.settlements", "payments.settlement_exceptions",
        ]),
        ("Who did what.", ["*.audit", "notifications.template_versions", "catalog.proposals"]),
        ("What people made, until they take it away.",
        [
            "identity.accounts", "identity.addresses", "identity.companies", "identity.shops", "identity.members",
            "identity.roles", "identity.api_keys", "identity.totp", "identity.recovery_codes",
            "catalog.products", "catalog.offers", "catalog.images", "catalog.old_slugs",
            "inventory.warehouses", "inventory.stock_rules", "inventory.routing_rules",
            "carts.delivery_methods", "carts.tax_rates", "carts.promotions", "carts.promotion_codes",
            "carts.customer_groups", "carts.customer_group_members",
            "payments.commission_rules", "payments.payout_accounts", "payments.fraud_rules",
            "notifications.preferences", "notifications.suppressions",
        ]),
        ("Work, which goes when it is done.",
        [
            "*.outbox", "*.parked", "inventory.holds", "inventory.low_stock", "payments.operations",
            "gateway_simulator.webhooks",
        ]),
        ("As many rows as there are jobs, sweeps and migrations.", ["*.jobs", "*.migrations", "inventory.sweeps"]),
        ("The books of a gateway, which are not ours.",
            ["gateway_simulator.charges", "gateway_simulator.refunds", "gateway_simulator.disputes"]),
        // As partitions of a million events.
        ("It is seen below to go.", ["*.log"]),
    ];

    private static readonly TimeSpan GoneMax = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task What_is_old_goes_in_short_steps_and_of_every_other_table_it_is_said_why_it_stays()
    {
        await using var database = await TestDatabase.Required();
        await using var souk = new SoukProcess(database.Owner);
        await souk.Start();
        await AllAreKnown(database);
        await database.Rows("""
            insert into identity.accounts (id, kind, status, first_name, last_name, locale, created_at, version)
            values (gen_random_uuid(), 'customer', 'active', 'Ada', 'Lovelace', 'en', now(), 1)
            """, _ => 0);
        var tables = Goes.SelectMany(kept => Names(kept.Table).Select(name => kept with { Table = name })).ToArray();
        var before = await Counts(database, tables);
        await Watch(database, tables);
        foreach (var table in tables)
            await table.Plant(database);
        foreach (var service in Services)
            await Age(database, service);

        await Eventually(async () =>
        {
            foreach (var service in Services)
                await database.Rows($"update {service}.jobs set next_run_at = now() where next_run_at > now()", _ => 0);
            var left = await Counts(database, tables);
            foreach (var table in tables.GroupBy(table => table.Table, table => table.Left))
                Assert.Equal((table.Key, before[table.Key] + table.Sum()), (table.Key, left[table.Key]));
            foreach (var service in Services)
            {
                var log = $"select 1 where to_regclass('{service}.log_0') is not null";
                Assert.Empty(await database.Rows(log, _ => service));
            }
        }, GoneMax);

        var largest = await Largest(database);
        var others = Stays.SelectMany(why => why.Tables).SelectMany(Names).Count();
        output.WriteLine(
            $"{tables.Sum(table => table.Rows)} old rows in {before.Count} tables and {Services.Length} logs gone, "
            + $"{tables.Length} young ones there, at most {largest.Values.Max()} rows by one statement; "
            + $"of {others} more tables with a time it is said why they stay");
        Assert.All(tables.Where(table => !table.IsFew), table => Assert.True(
            largest[table.Table] < table.Rows,
            $"{largest[table.Table]} rows of {table.Table} went at once: of more, none would go in time."));
    }

    private static async Task AllAreKnown(TestDatabase database)
    {
        var there = await database.Rows("""
            select distinct n.nspname || '.' || c.relname from pg_class c
              join pg_namespace n on n.oid = c.relnamespace and n.nspname = any($1)
              join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
               and a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
             where c.relkind in ('r', 'p') and not c.relispartition
            """, row => row.GetString(0), (object)(string[])[.. Services, "gateway_simulator"]);
        var listed = Goes.Select(kept => kept.Table).Concat(Stays.SelectMany(why => why.Tables));
        var known = listed.SelectMany(Names).ToArray();
        var forgotten = there.Except(known).Order();
        Assert.False(forgotten.Any(), $"How long are the rows of these tables kept? {string.Join(", ", forgotten)}");
        Assert.Empty(known.Except(there));
    }

    private static string[] Names(string table) =>
        table[0] == '*' ? Array.ConvertAll(Services, service => service + table[1..]) : [table];

    private static Task<Dictionary<string, long>> Counts(TestDatabase database, Kept[] tables)
    {
        var counts = tables.Select(table => $"select '{table.Table}', count(*) from {table.Table}").Distinct();
        return Numbers(database, string.Join(" union all ", counts));
    }

    private static Task<Dictionary<string, long>> Largest(TestDatabase database) =>
        Numbers(database, "select name, rows from cleaning.largest");

    private static async Task<Dictionary<string, long>> Numbers(TestDatabase database, string sql) =>
        (await database.Rows(sql, row => (row.GetString(0), row.GetInt64(1)))).ToDictionary();

    // How many rows the largest statement took out of each table.
    private static async Task Watch(TestDatabase database, Kept[] tables)
    {
        await database.Rows("""
            create schema cleaning;
            create table cleaning.largest (name text primary key, rows bigint not null);
            create function cleaning.note() returns trigger language plpgsql security definer as $$
            begin
                insert into cleaning.largest as l
                values (tg_table_schema || '.' || tg_table_name, (select count(*) from gone))
                on conflict (name) do update set rows = greatest(l.rows, excluded.rows);
                return null;
            end $$;
            """, _ => 0);
        foreach (var table in tables.Select(table => table.Table).Distinct())
            await database.Rows($"""
                create trigger note after delete on {table} referencing old table as gone
                    for each statement execute function cleaning.note()
                """, _ => 0);
    }

    // The first million of events was full 8 days ago.
    private static async Task Age(TestDatabase database, string service) => await database.Rows($"""
        insert into {service}.log (pos, id, type, key, payload, at)
        values (999999, gen_random_uuid(), 'Aged', gen_random_uuid(), 'null', now() - interval '8 days');
        update {service}.topic set next = 1000001;
        update {service}.cursors set pos = 1000000;
        """, _ => 0);

    /// <summary>A table out of which rows go.</summary>
    /// <param name="Table">Its schema and name.</param>
    /// <param name="Old">How old a row is that goes.</param>
    /// <param name="Young">And one that stays.</param>
    /// <param name="Insert">Makes rows of one age, <c>{0}</c>.</param>
    private sealed record Kept(string Table, string Old, string Young, string Insert)
    {
        // Whose they are, where that does not matter.
        private static readonly Guid One = Guid.CreateVersion7();

        /// <summary>How many are planted.</summary>
        public int Rows { get; init; } = Many;

        /// <summary>How many of these and of the young one stay.</summary>
        public int Left { get; init; } = 1;

        /// <summary>So few are ever there that one statement may take them all.</summary>
        public bool IsFew { get; init; }

        public async Task Plant(TestDatabase database)
        {
            foreach (var (age, rows) in new[] { (Old, Rows), (Young, 1) })
            {
                var insert = string.Format(CultureInfo.InvariantCulture, Insert, $"now() - interval '{age}'");
                var from = Insert.TrimEnd().EndsWith("cross join", StringComparison.Ordinal) ? "" : "from";
                await database.Rows($"""
                    with given as (select $2::uuid) insert into {Table} {insert} {from} generate_series(1, $1) n
                    """, _ => 0, rows, One);
            }
        }
    }
}
