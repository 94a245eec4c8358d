using System.Collections.Concurrent;
using System.Text.Json;

namespace Souk.Bench.Olist;

/// <summary>What was done already, a line each, flushed as it is done: the program goes on where it was ended.</summary>
internal sealed class OlistJournal : IDisposable
{
    private readonly StreamWriter writer;

    public OlistJournal(FileInfo file)
    {
        if (file.Exists)
            foreach (var line in File.ReadLines(file.FullName))
                Read(line);
        writer = new StreamWriter(file.FullName, append: true) { AutoFlush = true };
    }

    public ConcurrentDictionary<string, SellerDone> Sellers { get; } = new();

    public ConcurrentDictionary<string, OfferDone> Offers { get; } = new();

    public ConcurrentDictionary<string, OrderDone> Orders { get; } = new();

    public void Add(SellerDone seller)
    {
        Sellers[seller.Seller] = seller;
        Write("seller", seller);
    }

    /// <summary>Also when its price changed: the last line counts.</summary>
    public void Add(OfferDone offer)
    {
        Offers[offer.Offer] = offer;
        Write("offer", offer);
    }

    public void Add(OrderDone order)
    {
        Orders[order.Order] = order;
        Write("order", order);
    }

    public void Dispose() => writer.Dispose();

    private void Read(string line)
    {
        var parts = line.Split('\t', 2);
        try
        {
            switch (parts[0])
            {
                case "seller": Keep(JsonSerializer.Deserialize<SellerDone>(parts[1])!, s => Sellers[s.Seller] = s); break;
                case "offer": Keep(JsonSerializer.Deserialize<OfferDone>(parts[1])!, o => Offers[o.Offer] = o); break;
                case "order": Keep(JsonSerializer.Deserialize<OrderDone>(parts[1])!, o => Orders[o.Order] = o); break;
                default: break;
            }
        }
        catch (JsonException)
        {
            // The line that was being written when the program was killed: it is done again, under the same key.
        }
    }

    private static void Keep<T>(T value, Action<T> keep) => keep(value);

    private void Write<T>(string kind, T value)
    {
        lock (writer)
            writer.WriteLine($"{kind}\t{JsonSerializer.Serialize(value)}");
    }
}

/// <summary>A seller of the sample that trades now.</summary>
internal sealed record SellerDone(string Seller, string CompanyId, string ShopId, string WarehouseId, string ApiKey);

/// <summary>An offer as it is now.</summary>
internal sealed record OfferDone(string Offer, string ProductId, string OfferId, long PriceMinor, long FreightMinor);

/// <summary>An order that was played to its end.</summary>
/// <param name="Order">Its id in the sample.</param>
/// <param name="OrderId">Its id here.</param>
/// <param name="Token">Opens it for its guest.</param>
/// <param name="Notes">Where it could not follow the sample exactly, and why.</param>
internal sealed record OrderDone(string Order, string OrderId, string Token, string[] Notes);
