using Souk.Contracts.Carts;

namespace Souk.Orders.Domain;

/// <summary>
/// Edits that add. Money is appended and never rewritten: what is added is an order of its own that belongs to the first, with its
/// own prices, stock and payments. So it is paid, or refused and undone, like every order, and the first stays as it is.
/// </summary>
internal static class Adding
{
    /// <summary>The order of what is added. It waits for its stock, and then for its payment.</summary>
    /// <param name="order">The order it belongs to.</param>
    /// <param name="number">Its number.</param>
    /// <param name="priced">What it costs.</param>
    /// <param name="buyer">Who adds.</param>
    /// <param name="pendingMax">How long its stock may take.</param>
    public static Order Addition(this Order order, long number, PricedAddition priced, Actor buyer, TimeSpan pendingMax)
    {
        var id = Guid.CreateVersion7(buyer.At);
        var lines = priced.Lines.Index().ToLookup(line => line.Item.CompanyId);
        OrderPart[] parts =
        [
            .. priced.Parts.Select(part => OrderPart.Of(
                id, part.PartId, part.CompanyId, part.DeliveryMethodId, part.DeliveryMethodName,
                [.. lines[part.CompanyId].Select(line => OrderLine.Of(id, part.PartId, line.Index, line.Item))])),
        ];
        var addition = new Order
        {
            Id = id,
            Number = number,
            Status = OrderStatus.Pending,
            Deadline = buyer.At + pendingMax,
            AccountId = order.AccountId,
            ContactId = order.ContactId,
            Country = order.Country,
            Postcode = order.Postcode,
            Currency = priced.Currency,
            PricesIncludeTax = priced.PricesIncludeTax,
            ItemsMinor = parts.Sum(part => part.ItemsMinor),
            DiscountMinor = parts.Sum(part => part.DiscountMinor),
            DeliveryMinor = parts.Sum(part => part.DeliveryMinor),
            TaxMinor = parts.Sum(part => part.TaxMinor),
            TotalMinor = parts.Sum(part => part.TotalMinor),
            ReturnUrl = order.ReturnUrl,
            // The time inside the id, as of every order.
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(buyer.At.ToUnixTimeMilliseconds()),
            UpdatedAt = buyer.At,
            Parts = [.. parts],
        };
        addition.Timeline.Add(new TimelineEntry
        {
            OrderId = id,
            At = buyer.At,
            Actor = buyer.Kind,
            AccountId = buyer.AccountId,
            ToStatus = Words.Of(OrderStatus.Pending),
            Reason = "placed",
        });
        return addition;
    }

    /// <summary>How many pieces of each offer were added to an order, of additions that were not cancelled.</summary>
    public static Dictionary<Guid, int> Pieces(IEnumerable<Order> additions) =>
        additions.Where(addition => addition.Status != OrderStatus.Cancelled)
            .SelectMany(addition => addition.Parts.Where(part => part.Status != PartStatus.Cancelled).SelectMany(
                part => part.Lines,
                (part, line) => (line.OfferId, Stays: line.Quantity - addition.PiecesOf(part, line).TakenOff)))
            .GroupBy(line => line.OfferId).ToDictionary(offer => offer.Key, offer => offer.Sum(line => line.Stays));
}
