using System.Text.Json;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Catalog.Domain;

/// <summary>Whether a product is shown.</summary>
internal enum ProductStatus
{
    /// <summary>Only its company and the staff see it.</summary>
    Draft,

    /// <summary>Everybody sees it, and others may offer it too.</summary>
    Published,

    /// <summary>Nobody but its company sees it; kept, because orders name it.</summary>
    Archived,
}

/// <summary>A product: its text, kept by the company that made it, and its variants. Who sells them at what price is in the offers.</summary>
internal sealed class Product : IVersioned
{
    public const int VariantsMax = 200;
    public const int CategoriesMax = 10;
    public const int TagsMax = 20;
    public const int OptionsMax = 3;
    private const int NameKeyMax = 100;

    // The whole life of a product. A move that is not in this table does not exist.
    private static readonly Dictionary<ProductStatus, ProductStatus[]> Moves = new()
    {
        [ProductStatus.Draft] = [ProductStatus.Published, ProductStatus.Archived],
        [ProductStatus.Published] = [ProductStatus.Draft, ProductStatus.Archived],
        [ProductStatus.Archived] = [ProductStatus.Draft],
    };

    public Guid Id { get; private set; }
    public Guid CompanyId { get; private set; }
    public string Name { get; private set; } = "";

    /// <summary>What it is sorted and found by.</summary>
    public string NameKey { get; private set; } = "";

    public string Slug { get; private set; } = "";
    public string Description { get; private set; } = "";
    public ProductStatus Status { get; private set; }
    public Guid[] CategoryIds { get; private set; } = [];
    public Guid[] TagIds { get; private set; } = [];

    /// <summary>Specifications: a JSON object from the attribute's code to its value.</summary>
    public string Attributes { get; private set; } = "{}";

    /// <summary>What the variants differ in, for example <c>color</c> and <c>size</c>; empty when there is one variant.</summary>
    public string[] Options { get; private set; } = [];

    /// <summary>What the staff adds to the ranking.</summary>
    public int Boost { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset UpdatedAt { get; private set; }
    public long Version { get; set; }
    public List<Variant> Variants { get; } = [];

    /// <summary>The key of a name, or of its beginning.</summary>
    public static string KeyOf(string name) => name.Trim().ToLowerInvariant() is { Length: > NameKeyMax } longer ? longer[..NameKeyMax] : name.Trim().ToLowerInvariant();

    /// <summary>A new draft without variants.</summary>
    public static Product Draft(Guid companyId, string name, string? slug, string description, string[] options, DateTimeOffset now)
    {
        if (options.Length > OptionsMax || options.Distinct(StringComparer.Ordinal).Count() != options.Length)
            throw RuleException.Invalid("/options", "wrong_options", $"Name at most {OptionsMax} options, each once.");
        var id = Guid.CreateVersion7(now);
        return new Product
        {
            Id = id,
            CompanyId = companyId,
            Name = name.Trim(),
            NameKey = KeyOf(name),
            Slug = slug ?? Domain.Slug.Of(name, id),
            Description = description,
            Options = options,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    public bool Can(ProductStatus next) => Moves[Status].Contains(next);

    /// <summary>Replaces the text. The slug stays unless a new one is given: addresses that were shared go on working.</summary>
    public void Describe(string name, string? slug, string description, DateTimeOffset now) =>
        (Name, NameKey, Slug, Description, UpdatedAt) = (name.Trim(), KeyOf(name), slug ?? Slug, description, now);

    /// <summary>Replaces where it stands and what it is said to be.</summary>
    public void Classify(Guid[] categoryIds, Guid[] tagIds, string attributes, DateTimeOffset now) =>
        (CategoryIds, TagIds, Attributes, UpdatedAt) = (categoryIds, tagIds, attributes, now);

    /// <summary>Staff lifts it in the lists, or lowers it.</summary>
    public void LiftBy(int boost, DateTimeOffset now) => (Boost, UpdatedAt) = (boost, now);

    /// <summary>Adds a variant. Its options must be those of the product, in a combination of their own. Where the request says it.</summary>
    public Variant AddVariant(IReadOnlyDictionary<string, string> options, string? title, int? weightGrams, DateTimeOffset now, string pointer = "")
    {
        if (Variants.Count >= VariantsMax)
            throw new RuleException("too_many_variants", $"A product has at most {VariantsMax} variants.");
        var variant = new Variant(Id, Variants.Count == 0 ? 0 : Variants.Max(v => v.Position) + 1);
        Set(variant, options, title, weightGrams, pointer);
        Variants.Add(variant);
        UpdatedAt = now;
        return variant;
    }

    /// <summary>Replaces what a variant is.</summary>
    public void ChangeVariant(Variant variant, IReadOnlyDictionary<string, string> options, string? title, int? weightGrams, DateTimeOffset now)
    {
        Set(variant, options, title, weightGrams, "");
        UpdatedAt = now;
    }

    /// <summary>Takes a variant away that is not offered (the caller looks). The last one stays.</summary>
    public void RemoveVariant(Variant variant, DateTimeOffset now)
    {
        if (Variants.Count == 1)
            throw new RuleException("last_variant", "A product has at least one variant. Archive the product instead.");
        Variants.Remove(variant);
        UpdatedAt = now;
    }

    /// <summary>Shows it to everybody. There must be something to buy. How many offers of it there are that its seller switched on.</summary>
    public void Publish(int offers, DateTimeOffset now)
    {
        if (Variants.Count == 0)
            throw new RuleException("variant_needed", "Add a variant before you publish the product.");
        if (offers == 0)
            throw new RuleException("offer_needed", "Add an offer with a price before you publish the product.");
        MoveTo(ProductStatus.Published, now);
    }

    /// <summary>Takes it out of sight again, to work on it. An archived one comes back this way too.</summary>
    public void Unpublish(DateTimeOffset now) => MoveTo(ProductStatus.Draft, now);

    /// <summary>Ends it. Its offers cannot be bought any more.</summary>
    public void Archive(DateTimeOffset now) => MoveTo(ProductStatus.Archived, now);

    private void MoveTo(ProductStatus next, DateTimeOffset now)
    {
        if (!Can(next))
            throw new RuleException(
                "product_move",
                $"A product that is {Name(Status)} cannot become {Name(next)}. It can become: {string.Join(", ", Moves[Status].Select(Name))}.");
        (Status, UpdatedAt) = (next, now);

        static string Name(ProductStatus status) => status.ToString().ToLowerInvariant();
    }

    private void Set(Variant variant, IReadOnlyDictionary<string, string> options, string? title, int? weightGrams, string pointer)
    {
        if (options.Count != Options.Length || !Options.All(options.ContainsKey))
            throw RuleException.Invalid(
                $"{pointer}/options", "wrong_options",
                Options.Length == 0 ? "The product has no options: leave them out." : $"Give a value for each of: {string.Join(", ", Options)}.");
        if (Options.Any(option => options[option] is not { Length: >= 1 and <= 50 }))
            throw RuleException.Invalid($"{pointer}/options", "wrong_options", "A value has 1 to 50 characters.");
        var json = JsonSerializer.Serialize(Options.ToDictionary(option => option, option => options[option]), Json.Events);
        if (Variants.Any(other => other != variant && other.Has(options)))
            throw RuleException.Invalid($"{pointer}/options", "variant_exists", "There is a variant with these options.");
        variant.Become(title ?? string.Join(" / ", Options.Select(option => options[option])), json, weightGrams);
    }
}

/// <summary>What of a product has its own price and stock.</summary>
internal sealed class Variant
{
    internal Variant(Guid productId, int position) => (Id, ProductId, Position) = (Guid.CreateVersion7(), productId, position);

    private Variant()
    {
    }

    public Guid Id { get; private set; }
    public Guid ProductId { get; private set; }

    /// <summary>What tells it from the others, for example <c>red / L</c>; empty when it is the only one.</summary>
    public string Title { get; private set; } = "";

    /// <summary>A JSON object from option to value.</summary>
    public string Options { get; private set; } = "{}";

    public int? WeightGrams { get; private set; }
    public int Position { get; private set; }

    public bool Has(IReadOnlyDictionary<string, string> options)
    {
        var mine = JsonSerializer.Deserialize<Dictionary<string, string>>(Options, Json.Events)!;
        return mine.Count == options.Count && mine.All(pair => options.TryGetValue(pair.Key, out var value) && value == pair.Value);
    }

    internal void Become(string title, string options, int? weightGrams) =>
        (Title, Options, WeightGrams) = (title, options, weightGrams);
}
