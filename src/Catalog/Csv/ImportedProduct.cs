using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Souk.Catalog.Domain;
using Souk.Catalog.Features;
using Souk.Catalog.Reads;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Csv;

/// <summary>For whom a file is imported.</summary>
internal sealed record Importer(Caller Caller, SellingShop Shop, string Currency);

/// <summary>What came of the rows of one product.</summary>
internal enum Imported
{
    /// <summary>There was none: it was made.</summary>
    Created,

    /// <summary>It was there.</summary>
    Changed,
}

/// <summary>
/// Applies the rows of one product, by the same rules as the requests that make and change one. It is found by its SKUs, else by
/// its slug. Columns that the file has not leave alone what is there. Of a product that another company keeps only the offers
/// are the seller's to change.
/// </summary>
internal sealed class ImportedProduct(CatalogDb db, Importer importer, DateTimeOffset now, ProductLine[] lines,
    CancellationToken ct)
{
    private ProductLine First => lines[0];

    public async Task<Imported> Apply()
    {
        Array.ForEach(lines, CellReader.Check);
        var skus = lines.Select(line => line.Filled("sku")
            ?? throw CellReader.Wrong(line, "sku", "required", "Every row needs a SKU.")).ToArray();
        if (skus.Distinct(StringComparer.Ordinal).Count() < skus.Length)
            throw CellReader.Wrong(First, "sku", "sku_taken", "Two rows of the product have one SKU.");
        var offers = await db.Offers.Where(o => o.CompanyId == importer.Shop.CompanyId && skus.Contains(o.Sku)
            && o.EndedAt == null)
            .OrderBy(o => o.Id).ToListAsync(ct);
        if (offers.Exists(o => !importer.Caller.Can(Permissions.ProductsManage, o.CompanyId, o.ShopId)))
            throw CellReader.Wrong(First, "sku", "sku_taken", "Another shop of the company sells under this SKU.");
        var products = offers.Select(offer => offer.ProductId).Distinct().ToArray();
        if (products.Length > 1)
            throw CellReader.Wrong(First, "sku", "sku_taken", "These SKUs are of several products. Give each its own slug.");
        var known = products.Length == 1 ? products[0] : await BySlug();
        if (known is not { } id)
        {
            await Create();
            return Imported.Created;
        }
        await Change(id, offers.ToDictionary(offer => offer.Sku, StringComparer.Ordinal));
        return Imported.Changed;
    }

    private async Task<Guid?> BySlug()
    {
        if (First.Filled("slug") is not { } slug)
            return null;
        var found = await db.Query("select id, company_id from products where slug = $1",
            reader => (Id: reader.GetGuid(0), CompanyId: reader.GetGuid(1)), ct, slug);
        return found switch
        {
            [] => null,
            [var one] when one.CompanyId == importer.Shop.CompanyId => one.Id,
            _ => throw CellReader.Wrong(First, "slug", "slug_taken", "A product of another company has this slug."),
        };
    }

    private async Task Create()
    {
        var variants = lines.Select(line => new CreateProductVariant(
            Options: CellReader.Options(line), WeightGrams: CellReader.Whole(line, "weight_grams"), Sku: line["sku"],
            Price: CellReader.Price(line, "price", importer.Currency)
                ?? throw CellReader.Wrong(line, "price", "required", "A new offer needs a price."),
            Stock: CellReader.Whole(line, "stock"),
            DeliveryFee: CellReader.Price(line, "delivery_fee", importer.Currency),
            TaxCategory: line.Filled("tax_category"))).ToArray();
        var request = new CreateProductRequest(
            First.Filled("name") ?? throw CellReader.Wrong(First, "name", "required", "A new product needs a name."),
            First["description"],
            Slug: First.Filled("slug"), Status: First.Filled("status"), CategoryIds: await Categories(),
            Tags: Cells.Split(First["tags"] ?? ""),
            Attributes: await Attributes("{}"), Options: [.. variants[0].Options?.Keys ?? []], Variants: variants);
        Validation.Validate(request);
        await CreateProduct.Make(request, importer.Shop, importer.Caller, db, importer.Currency, now, ct);
        // Sold from the start, unless the file says otherwise.
        foreach (var line in lines.Where(line => CellReader.Flag(line, "active") == false))
            foreach (var offer in db.Offers.Local.Where(offer => offer.Sku == line["sku"]))
                offer.Change(Terms(line, offer), active: false, now);
    }

    private async Task Change(Guid id, Dictionary<string, Offer> offers)
    {
        var product = await Locked(id);
        if (product is not null)
        {
            await Describe(product);
            foreach (var line in lines)
                if (offers.TryGetValue(line["sku"]!, out var known))
                    await ChangeVariant(product, product.Variants.Single(variant => variant.Id == known.VariantId),
                        line);
                else
                    await AddOffer(product, line);
            Move(product);
        }
        foreach (var line in lines)
            if (offers.TryGetValue(line["sku"]!, out var offer))
                ChangeOffer(offer, line);
            else if (product is null)
                throw CellReader.Wrong(line, "sku", "unknown_sku",
                    "Another company keeps the product. Make the offer first, then import its price.");
    }

    // Null when another company keeps it.
    private async Task<Product?> Locked(Guid id)
    {
        db.Lock("select 1 from products where id = $1 for no key update", id);
        var product = await db.Products.Include(p => p.Variants.OrderBy(v => v.Position))
            .SingleAsync(p => p.Id == id, ct);
        return product.CompanyId == importer.Shop.CompanyId ? product : null;
    }

    private async Task Describe(Product product)
    {
        string[] text = ["slug", "name", "description", "categories", "tags"];
        if (!First.Cells.Keys.Any(column => text.Contains(column)
            || column.StartsWith(ProductFile.AttributePrefix, StringComparison.Ordinal)))
            return;
        var tags = First["tags"] is { } named
            ? Cells.Split(named)
            : [.. await db.Query("select name from tags where id = any($1)", reader => reader.GetString(0), ct,
                [product.TagIds])];
        var request = new ChangeProductRequest(
            First.Filled("name") ?? product.Name, First["description"] ?? product.Description, First.Filled("slug"),
            await Categories() ?? product.CategoryIds, tags, await Attributes(product.Attributes));
        Validation.Validate(request);
        await ChangeProduct.Apply(product, request, importer.Caller, db, now, ct);
    }

    private async Task ChangeVariant(Product product, Variant variant, ProductLine line)
    {
        if (line["options"] is null && line["weight_grams"] is null)
            return;
        var options = CellReader.Options(line)
            ?? JsonSerializer.Deserialize<Dictionary<string, string>>(variant.Options)!;
        var weight = line["weight_grams"] is null ? variant.WeightGrams : (int?)CellReader.Whole(line, "weight_grams");
        if (variant.Has(options) && weight == variant.WeightGrams)
            return;
        await db.CheckAxes(product.Options, [(options, "")], ct);
        product.ChangeVariant(variant, options, null, weight, now);
    }

    private async Task AddOffer(Product product, ProductLine line)
    {
        var options = CellReader.Options(line) ?? [];
        await db.CheckAxes(product.Options, [(options, "")], ct);
        var variant = product.Variants.Find(known => known.Has(options))
            ?? product.AddVariant(options, null, CellReader.Whole(line, "weight_grams"), now);
        var price = CellReader.Price(line, "price", importer.Currency)
            ?? throw CellReader.Wrong(line, "price", "required", "A new offer needs a price.");
        var terms = OfferTerms.Of(importer.Currency, price,
            CellReader.Price(line, "delivery_fee", importer.Currency), line.Filled("tax_category"));
        var twin = await db.Offers.AnyAsync(o => o.ShopId == importer.Shop.ShopId && o.VariantId == variant.Id
            && o.EndedAt == null, ct);
        if (twin)
            throw CellReader.Wrong(line, "sku", "offer_exists",
                "The shop offers this variant under another SKU. Use that one.");
        var offer = Offer.Of(
            product.Id, variant.Id, importer.Shop.CompanyId, importer.Shop.ShopId, line["sku"], terms,
            CellReader.Flag(line, "active") ?? true, now);
        db.Offers.Add(offer);
        db.FirstStock([(offer, CellReader.Whole(line, "stock") ?? 0)], importer.Caller);
        db.Audit(importer.Caller, "offer.create", "offer", offer.Id, offer.CompanyId,
            after: new { offer.Sku, offer.PriceMinor });
    }

    private void ChangeOffer(Offer offer, ProductLine line)
    {
        var (terms, active) = (Terms(line, offer), CellReader.Flag(line, "active") ?? offer.Active);
        var present = new OfferTerms(offer.PriceMinor, offer.Currency, offer.DeliveryFeeMinor, offer.TaxCategory);
        if (terms == present && active == offer.Active)
            return;
        offer.Change(terms, active, now);
        db.Audit(importer.Caller, "offer.change", "offer", offer.Id, offer.CompanyId, before: present, after: terms);
    }

    private OfferTerms Terms(ProductLine line, Offer offer) => OfferTerms.Of(
        importer.Currency,
        CellReader.Price(line, "price", importer.Currency) ?? new Money(offer.PriceMinor, offer.Currency),
        line["delivery_fee"] is not null ? CellReader.Price(line, "delivery_fee", importer.Currency)
            : offer.DeliveryFeeMinor is { } fee ? new Money(fee, offer.Currency) : null,
        line.Filled("tax_category") ?? offer.TaxCategory);

    private void Move(Product product)
    {
        if (First.Filled("status") is not { } wanted
            || string.Equals(wanted, product.Status.ToString(), StringComparison.OrdinalIgnoreCase))
            return;
        var before = product.Status;
        switch (wanted)
        {
            case "published":
                // What is published is what the file sells: its own rows are the offers.
                product.Publish(lines.Length, now);
                break;
            case "draft":
                product.Unpublish(now);
                break;
            case "archived":
                product.Archive(now);
                break;
            default:
                throw CellReader.Wrong(First, "status", "unknown_value", "A status is draft, published or archived.");
        }
        db.Audit(importer.Caller, $"product.{wanted}", "product", product.Id, product.CompanyId,
            new { Status = before }, new { product.Status });
    }

    // Null when the file does not say.
    private async Task<Guid[]?> Categories()
    {
        if (First["categories"] is not { } cell)
            return null;
        var slugs = Cells.Split(cell);
        var known = slugs.Length == 0 ? [] : await db.Query("select slug, id from categories where slug = any($1)",
            reader => KeyValuePair.Create(reader.GetString(0), reader.GetGuid(1)), ct, [slugs]);
        var bySlug = known.ToDictionary(StringComparer.Ordinal);
        return [.. slugs.Select(slug => bySlug.TryGetValue(slug, out var id) ? id
            : throw CellReader.Wrong(First, "categories", "unknown_category",
                "A category is none of those there are. Name them by their slugs."))];
    }

    // What is stated already, with what the file says of it; an empty cell takes it away.
    private async Task<Dictionary<string, JsonElement>> Attributes(string stated)
    {
        var attributes = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(stated)!;
        var named =
            First.Cells.Where(cell => cell.Key.StartsWith(ProductFile.AttributePrefix, StringComparison.Ordinal))
            .ToDictionary(cell => cell.Key[ProductFile.AttributePrefix.Length..], cell => cell.Value,
                StringComparer.Ordinal);
        if (named.Count == 0)
            return attributes;
        var types = (await db.Query("select code, type from attributes where code = any($1)",
            reader => KeyValuePair.Create(reader.GetString(0), reader.GetString(1)), ct, [named.Keys.ToArray()]))
                .ToDictionary();
        foreach (var (code, text) in named)
            if (text.Length == 0)
                attributes.Remove(code);
            else
                attributes[code] = CellReader.Attribute(types.GetValueOrDefault(code), text);
        return attributes;
    }
}
