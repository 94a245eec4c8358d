using System.Text.Json;
using Souk.Catalog.Domain;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.Catalog.Reads;

/// <summary>Where a product stands and what it is said to be, checked against what there is.</summary>
internal static class Classifying
{
    private const int AttributesMax = 50;

    /// <summary>Puts the product into its categories, under its tags (new ones are made) and gives it its specifications.</summary>
    /// <exception cref="RuleException">422, with the field.</exception>
    public static async Task Classify(
        this CatalogDb db, Product product, Guid[]? categoryIds, string[]? tags, IReadOnlyDictionary<string, JsonElement>? attributes,
        DateTimeOffset now, CancellationToken ct)
    {
        Guid[] categories = [.. (categoryIds ?? []).Distinct()];
        if (categories.Length > Product.CategoriesMax)
            throw RuleException.Invalid("/category_ids", "too_many", $"A product stands in at most {Product.CategoriesMax} categories.");
        // Locked, so that none of them is removed or moved before this product is committed.
        if (categories.Length > 0)
        {
            var known = await db.Query("select id from categories where id = any($1) order by id for share", reader => reader.GetGuid(0), ct, categories);
            if (known.Count != categories.Length)
                throw RuleException.Invalid(
                    $"/category_ids/{Array.FindIndex(categoryIds!, id => !known.Contains(id))}", "unknown_category", "There is no such category.");
        }
        product.Classify(categories, await TagIds(db, tags ?? [], ct), await Specifications(db, attributes, ct), now);
    }

    private static async Task<Guid[]> TagIds(CatalogDb db, string[] names, CancellationToken ct)
    {
        if (names.Length > Product.TagsMax)
            throw RuleException.Invalid("/tags", "too_many", $"A product has at most {Product.TagsMax} tags.");
        for (var i = 0; i < names.Length; i++)
            if (names[i] is not { Length: <= 50 } || Slug.Of(names[i]).Length == 0)
                throw RuleException.Invalid($"/tags/{i}", "wrong_tag", "A tag has 1 to 50 characters, a letter or a digit among them.");
        if (names.Length == 0)
            return [];
        var bySlug = names.Select(name => (Name: name.Trim(), Slug: Slug.Of(name))).DistinctBy(tag => tag.Slug).OrderBy(tag => tag.Slug, StringComparer.Ordinal).ToArray();
        var slugs = bySlug.Select(tag => tag.Slug).ToArray();
        db.Run("insert into tags (id, name, slug, version) select id, name, slug, 1 from unnest($1::uuid[], $2::text[], $3::text[]) as t(id, name, slug) on conflict (slug) do nothing",
            bySlug.Select(_ => Guid.CreateVersion7()).ToArray(), bySlug.Select(tag => tag.Name).ToArray(), slugs);
        return [.. await db.Query("select id from tags where slug = any($1) order by slug for share", reader => reader.GetGuid(0), ct, [slugs])];
    }

    private static async Task<string> Specifications(CatalogDb db, IReadOnlyDictionary<string, JsonElement>? attributes, CancellationToken ct)
    {
        if (attributes is null || attributes.Count == 0)
            return "{}";
        if (attributes.Count > AttributesMax)
            throw RuleException.Invalid("/attributes", "too_many", $"A product has at most {AttributesMax} attributes.");
        var known = await Known(db, [.. attributes.Keys], ct);
        foreach (var (code, value) in attributes)
        {
            if (!known.TryGetValue(code, out var attribute))
                throw RuleException.Invalid("/attributes", "unknown_attribute", "An attribute is not known. GET /attributes lists those there are.");
            if (!ProductAttribute.Accepts(attribute.Type, attribute.Choices, value))
                throw RuleException.Invalid(
                    $"/attributes/{code}", "wrong_attribute",
                    ProductAttribute.Wanted(attribute.Type, attribute.Choices));
        }
        return JsonSerializer.Serialize(attributes, Json.Events);
    }

    /// <summary>An option that has the code of an attribute takes values of its type, so that lists are filtered by it.</summary>
    /// <exception cref="RuleException">422 <c>wrong_options</c>, with the variant.</exception>
    public static async Task CheckAxes(
        this CatalogDb db, string[] options,
        IEnumerable<(IReadOnlyDictionary<string, string>? Options, string Pointer)> variants,
        CancellationToken ct)
    {
        if (options.Length == 0)
            return;
        var axes = await Known(db, options, ct);
        foreach (var (values, pointer) in variants)
            foreach (var (code, axis) in axes)
                if (values?.GetValueOrDefault(code) is { } value
                    && !ProductAttribute.Accepts(axis.Type, axis.Choices, value))
                    throw RuleException.Invalid(
                        $"{pointer}/options/{code}", "wrong_options", ProductAttribute.Wanted(axis.Type, axis.Choices));
    }

    private static async Task<Dictionary<string, (string Type, string[] Choices)>> Known(CatalogDb db, string[] codes,
        CancellationToken ct) =>
        (await db.Query("select code, type, choices from attributes where code = any($1)",
            reader => (Code: reader.GetString(0), Type: reader.GetString(1),
                Choices: reader.GetFieldValue<string[]>(2)), ct, [codes]))
            .ToDictionary(a => a.Code, a => (a.Type, a.Choices));
}
