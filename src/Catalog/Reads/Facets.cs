namespace Souk.Catalog.Reads;

/// <summary>One of these values of an attribute.</summary>
internal sealed record FacetValues(string Code, string[] Values, Guid[] Scopes);

/// <summary>A number between two, both of them included; null is without a bound.</summary>
internal sealed record FacetRange(string Code, decimal? From, decimal? To);

/// <summary>What listed products must state, all of it.</summary>
internal sealed record Facets(IReadOnlyList<FacetValues> Values, IReadOnlyList<FacetRange> Ranges)
{
    private const int SmallMax = 1000;

    /// <summary>
    /// Whether <see cref="Find" /> is done sooner than a walk meets enough of them: where few products are listed, those of them
    /// that state a value are fewer still. A range is met soon wherever it is asked for.
    /// </summary>
    public async Task<bool> AreSoonFound(Guid[] scopes, CatalogDb db, CancellationToken ct) =>
        Values.Count > 0 && scopes.Length > 0 && (await db.Query(
            $"select count(*) from (select 1 from listing_entries where scope = $1 limit {SmallMax + 1}) listed",
            reader => reader.GetInt64(0), ct, scopes[0]))[0] <= SmallMax;

    /// <summary>Asks each product that the list meets. A sub-select in each row, which no planner turns into a walk of its own.</summary>
    public void AskEach(ListSql sql, string leads)
    {
        foreach (var value in Values)
            sql.Filter($"(select f.scopes && {sql.Arg(value.Scopes)} from facets f where f.product_id = {leads}.product_id)");
        foreach (var range in Ranges)
            sql.Filter($"exists (select 1 from facet_numbers n where n.product_id = {leads}.product_id and {Within(sql, range)} offset 0)");
    }

    /// <summary>Finds the products by the index over all that they state and where they are listed.</summary>
    /// <param name="sql">The statement; <c>f</c> is its row of <c>facets</c>.</param>
    /// <param name="scopes">Where they must be listed.</param>
    public void Find(ListSql sql, Guid[] scopes)
    {
        if (scopes.Length > 0)
            sql.Where($"f.scopes @> {sql.Arg(scopes)}");
        foreach (var value in Values)
            sql.Where($"f.scopes && {sql.Arg(value.Scopes)}");
        foreach (var range in Ranges)
            sql.Where($"f.product_id in (select n.product_id from facet_numbers n where {Within(sql, range)})");
    }

    /// <summary>Asks the products themselves, also those that nobody can buy and <c>facets</c> does not know.</summary>
    public void AskProducts(ListSql sql)
    {
        foreach (var value in Values)
        {
            var (code, values) = (sql.Arg(value.Code), sql.Arg(value.Values));
            sql.Where($"""
                (p.attributes ->> {code} = any({values})
                 or exists (select 1 from variants v where v.product_id = p.id and v.options ->> {code} =
                 any({values})))
                """);
        }
        foreach (var range in Ranges)
        {
            var code = sql.Arg(range.Code);
            var number =
                $"case when jsonb_typeof(p.attributes -> {code}) = 'number' then (p.attributes ->> {code})::numeric end";
            if (range.From is { } from)
                sql.Where($"{number} >= {sql.Arg(from)}");
            if (range.To is { } to)
                sql.Where($"{number} <= {sql.Arg(to)}");
        }
    }

    private static string Within(ListSql sql, FacetRange range) => string.Join(" and ", new[]
    {
        $"n.code = {sql.Arg(range.Code)}",
        range.From is { } from ? $"n.value >= {sql.Arg(from)}" : null,
        range.To is { } to ? $"n.value <= {sql.Arg(to)}" : null,
    }.OfType<string>());
}
