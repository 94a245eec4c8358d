using Souk.Contracts.Orders;
using Souk.Payments.Domain;

namespace Souk.UnitTests.Payments;

/// <summary>Orders as a checkout may make them: several sellers, discounts of both payers, delivery, taxes in or on top, three kinds of currency.</summary>
internal static class RandomOrders
{
    private static readonly string[] Currencies = ["JPY", "EUR", "BHD"];

    public static (string Currency, OrderedLine[] Lines) Make(Random random)
    {
        var pricesIncludeTax = random.Next(2) == 0;
        var taxPercent = random.Next(0, 28);
        var companies = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Guid.CreateVersion7()).ToArray();
        var lines = Enumerable.Range(0, random.Next(1, 9)).Select(_ =>
        {
            var quantity = random.Next(1, 7);
            var unit = random.NextInt64(0, random.Next(10) == 0 ? 1_000_000_000_000 : 10_000);
            var items = unit * quantity;
            var discount = random.Next(3) == 0 ? random.NextInt64(0, items + 1) : 0;
            var delivery = random.Next(2) == 0 ? random.NextInt64(0, 3000) : 0;
            var ofDelivery = random.Next(4) == 0 ? random.NextInt64(0, 500) : 0;
            var taxed = items - discount + delivery;
            var tax = pricesIncludeTax ? taxed - (taxed * 100 / (100 + taxPercent)) : taxed * taxPercent / 100;
            return new OrderedLine(
                Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), companies[random.Next(companies.Length)],
                Guid.CreateVersion7(), "SKU", "Lamp", quantity, unit, discount,
                (random.Next(2) == 0 ? discount : random.NextInt64(0, discount + 1)) + ofDelivery, delivery,
                tax, pricesIncludeTax ? taxed : taxed + tax, "standard", [Guid.CreateVersion7()], ofDelivery);
        }).ToArray();
        return (Currencies[random.Next(Currencies.Length)], lines);
    }

    public static CommissionRates Rates(Random random, string currency, OrderedLine[] lines) => new(
        Enumerable.Range(0, random.Next(0, 4)).Select(_ =>
        {
            var line = lines[random.Next(lines.Length)];
            var target = random.Next(4);
            return new CommissionRule
            {
                Id = Guid.CreateVersion7(), Name = "rule", Percent = random.Next(0, 1_000_001) / 10_000m, FixedMinor = random.Next(0, 200),
                MinMinor = random.Next(2) == 0 ? random.Next(0, 100) : null, MaxMinor = random.Next(2) == 0 ? random.Next(100, 10_000) : null, Currency = currency,
                ProductId = target == 0 ? line.ProductId : null, CategoryId = target == 1 ? line.CategoryIds[0] : null,
                CompanyId = target == 2 ? line.CompanyId : null,
            };
        }), defaultPercent: 10);
}
