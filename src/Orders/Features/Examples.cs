using Souk.Contracts;
using Souk.Contracts.Carts;
using Souk.Orders.Domain;

namespace Souk.Orders.Features;

/// <summary>What the document shows.</summary>
internal static class Examples
{
    public static readonly DateTimeOffset Noon = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly Guid OrderId = Guid.Parse("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e");
    public static readonly Guid PartId = Guid.Parse("019aa3f4-5a1e-7c12-8a01-0d9e8f7a6b5c");
    public static readonly Guid CompanyId = Guid.Parse("019aa000-1111-7222-8333-444455556666");
    public static readonly Guid LineId = Guid.Parse("019a9000-0000-7000-8000-000000000004");
    public static readonly OrderTotals Totals = new(Euro(3998), Euro(0), Euro(490), Euro(717), Euro(4488));

    public static readonly OrderDetails Order = new(
        OrderId, "100042", OrderStatus.Confirmed, Noon, Noon, Noon, null, null, Guid.Parse("019a9000-0000-7000-8000-000000000001"),
        Guid.Parse("019a9000-0000-7000-8000-000000000002"),
        new OrderContact("Ada Lovelace", "ada@example.com", "+4930123456", new PostalAddress("Invalidenstr. 116", null, "Berlin", null, "10115", "DE"), null),
        "DE", "10115", true, Totals, Euro(4488), Euro(0), [], null,
        [
            new OrderDetailsPart(
                PartId, CompanyId, OrderStatus.Confirmed, Guid.Parse("019a9000-0000-7000-8000-000000000003"), "Parcel", Totals, null, null, null, null, null,
                [
                    new OrderDetailsLine(
                        LineId, Guid.Parse("019a9000-0000-7000-8000-000000000005"),
                        Guid.Parse("019a9000-0000-7000-8000-000000000006"), Guid.Parse("019a9000-0000-7000-8000-000000000007"),
                        Guid.Parse("019a9000-0000-7000-8000-000000000008"), "LAMP-01", "Brass lamp", 2, Euro(1999),
                        Euro(0), Euro(490), Euro(717), Euro(4488), 0, 0, 0),
                ]),
        ]);

    private static Money Euro(long minor) => new(minor, "EUR");
}
