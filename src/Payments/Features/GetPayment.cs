using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Shows a payment: to its buyer, to a guest with the order's token, to staff.</summary>
internal static class GetPayment
{
    public static void Map(IEndpointRouteBuilder payments) =>
        payments.MapGet("/{id:guid}", Handle).AllowGuests().WithSummary("Show a payment");

    public static void MapAlias(IEndpointRouteBuilder seed) =>
        seed.MapGet("/{id:guid}", Handle).AllowGuests().WithSummary("Show a payment").Alias("GET /payments/{id}");

    private static async Task<Ok<PaymentResponse>> Handle(Guid id, Caller caller, PaymentsDb db, HttpContext http, CancellationToken ct)
    {
        var rows = await db.Query($"select {PaymentResponse.Columns} from payments where id = $1", PaymentResponse.Read, ct, id);
        if (rows is not [var row] || !Sees(caller, row.Payment.OrderId, row.AccountId))
            throw RuleException.NotFound();
        ETag.Set(http, row.Version);
        return TypedResults.Ok(row.Payment);
    }

    internal static bool Sees(Caller caller, Guid orderId, Guid? accountId) =>
        caller.Can(Permissions.PaymentsRead) || caller.OrderId == orderId || (caller.AccountId is { } account && account == accountId);
}
