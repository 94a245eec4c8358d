using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Carts.Domain;

/// <summary>
/// The name of a quote: a hash of everything priced in it and of what is wrong. A buyer who names it at the checkout has
/// accepted exactly this; it is compared with the quote made then, so it needs no secret.
/// </summary>
internal static class QuoteId
{
    private const int IdBytes = 15; // 120 bits, 20 characters

    public static string Of(Quote quote, Basket basket)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        Add(bytes, quote.Currency);
        Add(bytes, quote.PricesIncludeTax ? 1 : 0);
        foreach (var part in quote.Parts)
        {
            Add(bytes, part.CompanyId);
            Add(bytes, part.Method?.Id ?? Guid.Empty);
            foreach (var line in part.Lines)
            {
                Add(bytes, line.Offer.Id);
                Add(bytes, line.Quantity);
                Add(bytes, line.Offer.PriceMinor);
                Add(bytes, line.DiscountMinor);
                Add(bytes, line.DeliveryMinor);
                Add(bytes, line.TaxMinor);
                Add(bytes, line.TotalMinor);
            }
        }
        foreach (var promotion in quote.Promotions)
        {
            Add(bytes, promotion.Promotion.Id);
            Add(bytes, promotion.DiscountMinor);
        }
        foreach (var problem in quote.Problems)
        {
            Add(bytes, problem.Code);
            Add(bytes, problem.OfferId ?? problem.CompanyId ?? Guid.Empty);
            Add(bytes, problem.Coupon ?? "");
        }
        if (basket.Contact is { } contact)
        {
            Add(bytes, contact.Email);
            Add(bytes, contact.Name);
            Add(bytes, contact.Shipping.Line1);
            Add(bytes, contact.Shipping.City);
            Add(bytes, contact.Shipping.Postcode ?? "");
            Add(bytes, contact.Shipping.Country);
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes.WrittenSpan, hash);
        return Convert.ToBase64String(hash[..IdBytes]).Replace('+', '-').Replace('/', '_');
    }

    private static void Add(ArrayBufferWriter<byte> bytes, Guid id)
    {
        id.TryWriteBytes(bytes.GetSpan(16));
        bytes.Advance(16);
    }

    private static void Add(ArrayBufferWriter<byte> bytes, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes.GetSpan(8), number);
        bytes.Advance(8);
    }

    // With its length, so that two texts side by side cannot be read as two others.
    private static void Add(ArrayBufferWriter<byte> bytes, string text)
    {
        Add(bytes, text.Length);
        bytes.Advance(Encoding.UTF8.GetBytes(text, bytes.GetSpan(text.Length * 3)));
    }
}
