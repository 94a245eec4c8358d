using System.Globalization;
using Souk.Platform.Http;

namespace Souk.Catalog.Reads;

/// <summary>
/// The statement of one list of products, put together from its filters. The page is found in the one table that leads, by one
/// of its indexes; only its rows are joined to what they show.
/// </summary>
/// <remarks>
/// Statements are planned without their arguments, so the planner cannot know whether a range of prices or names holds ten
/// products or all. Where such a range is not what the list is sorted by, <see cref="Probe" /> counts up to a bound first;
/// then either the few that are in it are sorted, or the order is walked until the page is full.
/// </remarks>
internal sealed class ListSql(string sort, string leads)
{
    /// <summary>Up to so many rows are sorted; when there are more, walking the order meets enough of them soon.</summary>
    public const int FewMax = 2000;

    private readonly List<object?> args = [];
    private readonly List<string> conditions = [];
    private readonly List<string> filters = [];
    private readonly List<Range> ranges = [];
    private string from = "";

    public string Sort => sort;

    /// <summary>The price that sorts and filters; what has none counts as 0 where such are listed.</summary>
    public string Price { get; init; } = leads + ".price_minor";

    /// <summary>
    /// At most so many rows are walked in the order of the list, whatever else they must meet; none is without a bound. A page
    /// that they do not fill is rare among them, and to be sorted from the few that <c>facets</c> finds.
    /// </summary>
    public int? Stretch { get; init; }

    public object?[] Args => [.. args];

    /// <summary>Whether a range is on something else than the order.</summary>
    public bool NeedsProbe => ranges.Exists(range => range.Column != SortColumn);

    private string Name => leads + ".name_key";

    private string SortColumn => sort switch { "price" or "-price" => Price, "name" => Name, _ => "" };

    /// <summary>The statement that counts what is in the ranges, up to one more than <see cref="FewMax" />.</summary>
    public string Probe => $"""
        select count(*) from (select 1 from {from} where {Conditions(isFew: true)} limit {FewMax + 1}) found
        """;

    public void From(string tables) => from = tables;

    /// <summary>Adds what an index of the leading table serves.</summary>
    public void Where(string condition) => conditions.Add(condition);

    /// <summary>Adds what each row is asked.</summary>
    public void Filter(string condition) => filters.Add(condition);

    /// <summary>Adds a bound of the price.</summary>
    public void WherePrice(string comparison, long bound) => ranges.Add(new Range(Price, " + 0", comparison, Arg(bound)));

    /// <summary>Names that begin with a text. A range, not LIKE: it needs no escaping and the index of names serves it.</summary>
    public void WhereName(string beginning)
    {
        ranges.Add(new Range(Name, " || ''", ">=", Arg(beginning)));
        ranges.Add(new Range(Name, " || ''", "<", Arg(beginning + '\uffff')));
    }

    /// <summary>Adds a value; answers its place.</summary>
    public string Arg(object value)
    {
        args.Add(value);
        return "$" + args.Count.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The statement of the page, by what the probe found; null when none was needed.</summary>
    public string Text(PageRequest page, bool? isFew)
    {
        var (column, add, isDescending) = sort switch
        {
            "-ranking" => (leads + ".ranking", " + 0", true),
            "price" => (Price, " + 0", false),
            "-price" => (Price, " + 0", true),
            "name" => (Name, " || ''", false),
            // Ids are made in the order of time.
            _ => ("", "", true),
        };
        if (page.After is { } cursor)
            Where(After(cursor, column, isDescending ? "<" : ">"));
        var (way, id) = (isDescending ? " desc" : "", leads + ".product_id");
        // An expression in place of a column keeps the planner from an index that would serve the order.
        var order = (column, isFew) switch
        {
            ("", true) => $"({id}::text){way}",
            ("", _) => id + way,
            (_, true) => $"({column}{add}){way}, {id}{way}",
            _ => $"{column}{way}, {id}{way}",
        };
        // The limits are literals: the planner has to know that they are small. What cannot be bought has no prior price.
        return $"""
            select p.id, p.name, p.slug, p.status, p.company_id, l.price_minor, l.currency, l.available, l.ranking, l.offers, l.image_id,
                   l.name_key, p.created_at,
                   (select {ProductReads.Prior} from offers o
                     where o.product_id = p.id and o.price_minor = l.price_minor and o.prior_price_minor is not null
                     order by o.id limit 1)
              from (select {id}, {(column.Length > 0 ? column : "0")} as place from {Rows(isFew ?? true, order)}
                     order by {order}
                     limit {page.Take.ToString(CultureInfo.InvariantCulture)}) page
              join listings l on l.product_id = page.product_id
              join products p on p.id = page.product_id
             order by page.place{way}, page.product_id{way}
            """;
    }

    private string After(PageCursor cursor, string column, string comparison)
    {
        var id = Arg(cursor.Get<Guid>(1));
        return sort switch
        {
            "-created_at" => $"{leads}.product_id {comparison} {id}",
            "name" => $"({column}, {leads}.product_id) {comparison} ({Arg(cursor.Get<string>(0))}, {id})",
            "-ranking" => $"({column}, {leads}.product_id) {comparison} ({Arg(cursor.Get<int>(0))}, {id})",
            _ => $"({column}, {leads}.product_id) {comparison} ({Arg(cursor.Get<long>(0))}, {id})",
        };
    }

    private string Rows(bool isFew, string order)
    {
        if (Stretch is not { } stretch)
            return $"{from} where {Conditions(isFew)}";
        // A range of what the list is sorted by shortens the way; everything else is asked of those on it.
        var isOnTheWay = ranges.ToLookup(range => range.Column == SortColumn);
        return $"""
            (select {leads}.* from {from} where {All(conditions, isOnTheWay[true], isPlain: true)}
              order by {order} limit {stretch.ToString(CultureInfo.InvariantCulture)}) {leads}
             where {All(filters, isOnTheWay[false], isPlain: true)}
            """;
    }

    private string Conditions(bool isFew) => All(conditions.Concat(filters), ranges, isFew);

    private string All(IEnumerable<string> asked, IEnumerable<Range> within, bool isPlain) => string.Join(" and ",
        asked.Concat(within.Select(range => isPlain || range.Column == SortColumn
            ? $"{range.Column} {range.Comparison} {range.Arg}"
            : $"({range.Column}{range.Add}) {range.Comparison} {range.Arg}")).DefaultIfEmpty("true"));

    private sealed record Range(string Column, string Add, string Comparison, string Arg);
}
