using System.Globalization;
using Souk.Platform.Http;

namespace Souk.Catalog.Reads;

/// <summary>
/// The statement of one list of products, put together from its filters. The page is found first, in the one table that leads,
/// by one of its indexes; only its rows are then joined to what they show.
/// </summary>
internal sealed class ListSql(string sort, string leads)
{
    private readonly List<object?> args = [];
    private readonly List<string> conditions = [];
    private string from = "";

    public string Sort => sort;

    /// <summary>The price that sorts and filters; what has none counts as 0 where such are listed.</summary>
    public string Price { get; init; } = leads + ".price_minor";

    /// <summary>The alias of the table whose columns sort and filter.</summary>
    public string Leads => leads;

    public object?[] Args => [.. args];

    public void From(string tables) => from = tables;

    public void Where(string condition) => conditions.Add(condition);

    /// <summary>Adds a value; answers its place.</summary>
    public string Arg(object value)
    {
        args.Add(value);
        return "$" + args.Count.ToString(CultureInfo.InvariantCulture);
    }

    public string Text(PageRequest page)
    {
        var (order, after) = sort switch
        {
            "-ranking" => ($"{leads}.ranking desc, {leads}.product_id desc", $"({leads}.ranking, {leads}.product_id) <"),
            "price" => ($"{Price}, {leads}.product_id", $"({Price}, {leads}.product_id) >"),
            "-price" => ($"{Price} desc, {leads}.product_id desc", $"({Price}, {leads}.product_id) <"),
            "name" => ($"{leads}.name_key, {leads}.product_id", $"({leads}.name_key, {leads}.product_id) >"),
            // Ids are made in the order of time.
            _ => ($"{leads}.product_id desc", $"{leads}.product_id <"),
        };
        if (page.After is { } cursor)
        {
            var id = Arg(cursor.Get<Guid>(1));
            Where(sort switch
            {
                "-created_at" => $"{after} {id}",
                "name" => $"{after} ({Arg(cursor.Get<string>(0))}, {id})",
                "-ranking" => $"{after} ({Arg(cursor.Get<int>(0))}, {id})",
                _ => $"{after} ({Arg(cursor.Get<long>(0))}, {id})",
            });
        }
        return $"""
            select p.id, p.name, p.slug, p.status, p.company_id, l.price_minor, l.currency, l.available, l.ranking, l.offers, l.image_id,
                   l.name_key, p.created_at
              from {from} join products p on p.id = l.product_id
             where {(conditions.Count == 0 ? "true" : string.Join(" and ", conditions))}
             order by {order}
             limit {Arg(page.Take)}
            """;
    }
}
