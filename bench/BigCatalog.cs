using Npgsql;

namespace Souk.Bench;

/// <summary>
/// A large catalogue: 100,000 products with an offer each, of 1,000 shops, in 220 categories, with four attributes. Written into
/// the catalogue's own tables and announced to nobody, because it is there to be listed: through the API it would take longer
/// than all the other scenarios together.
/// </summary>
internal static class BigCatalog
{
    private const int Products = 100_000;
    private const int Shops = 1_000;
    private const int Tops = 20;
    private const int Below = 10;
    private const int PathsMax = 4_000;
    private static readonly string[] Sorts = ["-ranking", "price", "-price", "name", "-created_at"];
    private static readonly string[] Colors =
        ["black", "white", "grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown"];

    private static readonly string[] Materials = ["oak", "beech", "steel", "brass", "glass", "linen", "wool", "cotton", "clay", "paper"];

    /// <summary>Makes it, once per database, and the paths that ask for it: a category or its parent, and one or two attributes.</summary>
    public static async Task Prepare(Market market, string owner)
    {
        if (market.FacetPaths.Count > 0)
            return;
        await using var connection = new NpgsqlConnection(owner + ";Search Path=catalog;Command Timeout=600");
        await connection.OpenAsync();
        await Run(connection, Sellers);
        await Run(connection, Goods);
        for (var chunk = 0; chunk < Products; chunk += 2_000)
            await Run(connection, $"""
                select refresh_listings(array(select id from products where slug like 'big-%' order by id offset {chunk} limit 2000))
                """);
        await Run(connection, "analyze");

        List<Guid> categories = [];
        await using var command = new NpgsqlCommand("select id from categories where slug like 'big-%' order by slug", connection);
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                categories.Add(reader.GetGuid(0));
        var random = new Random(42);
        while (market.FacetPaths.Count < PathsMax)
            market.FacetPaths.Add(
                $"/products?category_id={categories[random.Next(categories.Count)]}&{Filter(random)}&sort={Sorts[random.Next(Sorts.Length)]}");
    }

    private static string Filter(Random random) => random.Next(5) switch
    {
        0 => $"attr[big_color]={Colors[random.Next(Colors.Length)]}",
        1 => $"attr[big_material]={Materials[random.Next(Materials.Length)]},{Materials[random.Next(Materials.Length)]}",
        2 => $"attr[big_power]={random.Next(100)}..{100 + random.Next(100)}",
        3 => $"attr[big_color]={Colors[random.Next(Colors.Length)]}&attr[big_dimmable]=true",
        _ => $"attr[big_color]={Colors[random.Next(Colors.Length)]}&price_min={random.Next(3_000)}&price_max={3_000 + random.Next(9_000)}",
    };

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static readonly string Sellers = $"""
        insert into companies select md5('big-company-' || n)::uuid, 'Big ' || n, 'approved', 1 from generate_series(1, {Shops}) n;
        insert into shops
        select md5('big-shop-' || n)::uuid, md5('big-company-' || n)::uuid, 'Big ' || n, 'big-' || n, 'active', 1
          from generate_series(1, {Shops}) n;
        insert into categories
        select md5('big-top-' || n)::uuid, null, 'Big ' || n, 'big-' || n, array[md5('big-top-' || n)::uuid], n, 1
          from generate_series(1, {Tops}) n;
        insert into categories
        select md5('big-' || n || '-' || m)::uuid, md5('big-top-' || n)::uuid, 'Big ' || n || ' ' || m, 'big-' || n || '-' || m,
               array[md5('big-top-' || n)::uuid, md5('big-' || n || '-' || m)::uuid], m, 1
          from generate_series(1, {Tops}) n, generate_series(1, {Below}) m;
        insert into attributes values
            (gen_random_uuid(), 'big_color', 'Colour', 'choice', array['{string.Join("','", Colors)}'], null, 1),
            (gen_random_uuid(), 'big_material', 'Material', 'choice', array['{string.Join("','", Materials)}'], null, 1),
            (gen_random_uuid(), 'big_power', 'Power', 'number', '{"{}"}', 'W', 1),
            (gen_random_uuid(), 'big_dimmable', 'Dimmable', 'boolean', '{"{}"}', null, 1);
        """;

    // Hashes of the number stand for chance, so that every run has the same catalogue.
    private static readonly string Goods = $"""
        insert into products
            (id, company_id, name, slug, description, status, category_ids, tag_ids, attributes, options, boost, created_at, updated_at,
             version, name_key)
        select md5('big-product-' || n)::uuid, md5('big-company-' || 1 + n % {Shops})::uuid, 'Thing ' || n, 'big-' || n, 'A thing.', 'published',
               array[md5('big-' || 1 + n % {Tops} || '-' || 1 + n / {Tops} % {Below})::uuid], '{"{}"}',
               jsonb_build_object(
                   'big_color', (array['{string.Join("','", Colors)}'])[1 + abs(hashint4(n)) % {Colors.Length}],
                   'big_material', (array['{string.Join("','", Materials)}'])[1 + abs(hashint4(n + 1000003)) % {Materials.Length}],
                   'big_power', abs(hashint4(n + 2000003)) % 200, 'big_dimmable', n % 8 = 0),
               '{"{}"}', abs(hashint4(n + 3000017)) % 5000, now(), now(), 1, 'thing ' || n
          from generate_series(1, {Products}) n;
        insert into variants select md5('big-variant-' || n)::uuid, md5('big-product-' || n)::uuid, '', '{"{}"}', 500, 0
          from generate_series(1, {Products}) n;
        insert into offers
            (id, product_id, variant_id, company_id, shop_id, sku, price_minor, currency, tax_category, active, created_at, updated_at,
             version)
        select md5('big-offer-' || n)::uuid, md5('big-product-' || n)::uuid, md5('big-variant-' || n)::uuid,
               md5('big-company-' || 1 + n % {Shops})::uuid, md5('big-shop-' || 1 + n % {Shops})::uuid, 'BIG-' || n,
               500 + abs(hashint4(n + 4000037)) % 11500, 'EUR', 'standard', true, now(), now(), 1
          from generate_series(1, {Products}) n;
        insert into availability select md5('big-offer-' || n)::uuid, 1 + n % 50, 1 from generate_series(1, {Products}) n;
        """;
}
