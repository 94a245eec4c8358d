using System.ComponentModel.DataAnnotations;
using Souk.Carts.Domain;
using Souk.Contracts;
using Souk.Platform.Http;

namespace Souk.Carts.Features;

/// <summary>Pieces of an offer.</summary>
/// <param name="OfferId">The offer. Either this or a product.</param>
/// <param name="ProductId">A product with one variant: its best offer is taken (in stock, then cheapest).</param>
/// <param name="Quantity">Pieces, 1 to 10,000.</param>
public sealed record LineRequest(
    Guid? OfferId = null,
    Guid? ProductId = null,
    [Range(1, Cart.QuantityMax)] int Quantity = 1);

/// <summary>An offer that may be meant by a product.</summary>
/// <param name="OfferId">The offer.</param>
/// <param name="VariantId">Its variant.</param>
/// <param name="ShopId">In which shop.</param>
/// <param name="Title">Product and variant.</param>
/// <param name="Price">Price of one piece.</param>
public sealed record OfferChoice(Guid OfferId, Guid VariantId, Guid ShopId, string Title, Money Price);

/// <summary>What a request wants, each offer once: the arrays that the statements take.</summary>
internal sealed record Wanted(Guid[] OfferIds, int[] Quantities)
{
    private const int ChoicesMax = 100;

    /// <summary>Reads the lines; a product that names one thing becomes its best offer.</summary>
    /// <exception cref="RuleException">A line names nothing, or a product that names several things; too many lines or pieces.</exception>
    public static async Task<Wanted> Of(
        IReadOnlyList<LineRequest> lines, string pointer, CartsDb db, OfferBook book, CancellationToken ct)
    {
        if (lines.Count == 0 || lines.Count > Cart.LinesMax)
            throw RuleException.Invalid(pointer, "line_count", $"Name 1 to {Cart.LinesMax} lines.");
        var (ids, quantities) = (new List<Guid>(lines.Count), new List<int>(lines.Count));
        List<OfferRow>? products = null;
        for (var i = 0; i < lines.Count; i++)
        {
            if ((lines[i].OfferId is null) == (lines[i].ProductId is null))
                throw RuleException.Invalid($"{pointer}/{i}", "offer_required", "A line names an offer_id, or a product_id, and not both.");
            if (lines[i].ProductId is not null)
                products ??= await book.OffersOf([.. lines.Select(line => line.ProductId).OfType<Guid>().Distinct()], db, ct);
            var offerId = lines[i].OfferId ?? Best(products!, lines[i].ProductId!.Value, $"{pointer}/{i}/product_id");
            if (ids.IndexOf(offerId) is var at and >= 0)
                quantities[at] += lines[i].Quantity;
            else
            {
                ids.Add(offerId);
                quantities.Add(lines[i].Quantity);
            }
        }
        if (quantities.Any(quantity => quantity > Cart.QuantityMax))
            throw RuleException.Invalid(pointer, "too_many_pieces", $"A line holds at most {Cart.QuantityMax} pieces.");
        return new Wanted([.. ids], [.. quantities]);
    }

    /// <summary>The lines with their offers as they are now. Catalog is asked for those not known yet.</summary>
    public async Task<BasketLine[]> Lines(CartsDb db, OfferBook book, CancellationToken ct)
    {
        var offers = await Offers(db, book, ct);
        return [.. OfferIds.Select((id, i) => new BasketLine(id, Quantities[i], null, offers[i]))];
    }

    /// <summary>The offers as they are now, null for those that nobody knows. Catalog is asked, too.</summary>
    public async Task<Offer?[]> Offers(CartsDb db, OfferBook book, CancellationToken ct)
    {
        var offers = await db.Offers(OfferIds, ct);
        Guid[] unknown = [.. OfferIds.Where((_, i) => offers[i] is null)];
        return unknown.Length > 0 && await book.Learn(unknown, db, ct) ? await db.Offers(OfferIds, ct) : offers;
    }

    // They come in stock first, then cheapest first.
    private static Guid Best(List<OfferRow> offers, Guid productId, string pointer)
    {
        OfferRow[] own = [.. offers.Where(offer => offer.ProductId == productId)];
        if (own.Length == 0)
            throw RuleException.Invalid(pointer, "not_available", "There is no such product for sale.");
        if (own.All(offer => offer.VariantId == own[0].VariantId))
            return own[0].OfferId;
        throw new RuleException(
            422, "offer_required", "The product has several variants. Say which is meant by its offer_id.",
            new FieldError(pointer, "offer_required", "Name one of the offers in choices."))
        {
            More =
            {
                ["choices"] = own.Take(ChoicesMax)
                    .Select(offer => new OfferChoice(offer.OfferId, offer.VariantId, offer.ShopId, offer.Title, new Money(offer.PriceMinor, offer.Currency)))
                    .ToArray(),
            },
        };
    }
}

/// <summary>An offer of a product, as far as a choice needs it.</summary>
internal sealed record OfferRow(Guid ProductId, Guid VariantId, Guid OfferId, string Title, long PriceMinor, string Currency, Guid ShopId);
