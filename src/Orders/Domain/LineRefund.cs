namespace Souk.Orders.Domain;

/// <summary>What a buyer gets back for some pieces of a line, in minor units of the order's currency.</summary>
/// <param name="Quantity">The pieces.</param>
/// <param name="TotalMinor">All of it.</param>
/// <param name="DeliveryMinor">Of this for the delivery, net of tax; 0 when the delivery is not given back.</param>
/// <param name="TaxMinor">Of this tax.</param>
internal readonly record struct LineRefund(int Quantity, long TotalMinor, long DeliveryMinor, long TaxMinor)
{
    /// <summary>
    /// The next pieces of a line, after those that were refunded already. Each amount of the line (goods less discount,
    /// delivery, the tax on either) is divided over its pieces by largest remainder, the earlier pieces first; so
    /// whatever order they come back in, all of them together are what was paid, to the minor unit.
    /// </summary>
    /// <remarks>The line says its tax as one sum: it lies on goods and delivery in proportion, as the ledger has it.</remarks>
    public static LineRefund Of(OrderLine line, int already, int quantity, bool delivery, bool pricesIncludeTax)
    {
        var goods = line.UnitPriceMinor * line.Quantity - line.DiscountMinor;
        var taxOnDelivery = Share(line.TaxMinor, line.DeliveryMinor, goods + line.DeliveryMinor);
        var goodsBack = OfPieces(goods);
        var taxBack = OfPieces(line.TaxMinor - taxOnDelivery);
        var deliveryBack = delivery ? OfPieces(line.DeliveryMinor) : 0;
        var deliveryTaxBack = delivery ? OfPieces(taxOnDelivery) : 0;
        var tax = taxBack + deliveryTaxBack;
        return pricesIncludeTax
            ? new LineRefund(quantity, goodsBack + deliveryBack, deliveryBack - deliveryTaxBack, tax)
            : new LineRefund(quantity, goodsBack + deliveryBack + tax, deliveryBack, tax);

        long OfPieces(long amount) => Upto(amount, already + quantity) - Upto(amount, already);

        long Upto(long amount, long pieces) =>
            amount / line.Quantity * pieces + Math.Min(pieces, amount % line.Quantity);
    }

    // Rounded half away from zero.
    private static long Share(long amount, long part, long whole) =>
        whole == 0 ? 0 : (long)(((Int128)amount * part * 2 + whole) / ((Int128)whole * 2));
}
