using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Payments.Jobs;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Jobs;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Takes a webhook of a gateway. Whoever holds the gateway's secret may. It is stored and answered; what it says is not
/// believed: it makes us read the gateway's own books, so doubled and shuffled ones change nothing.
/// </summary>
internal static class ReceiveWebhook
{
    private const int BodyMax = 64 * 1024;

    public static void Map(IEndpointRouteBuilder payments) =>
        payments.MapPost("/webhooks/{gateway}", Handle)
            .AllowGuests()
            .WithSummary("Webhook of a gateway")
            .WithDescription("Signed by the rules of Standard Webhooks: `webhook-id`, `webhook-timestamp` (within five minutes), `webhook-signature`.")
            .Accepts<object>("application/json")
            .Problems("401 invalid_signature", "413 body_too_large");

    private static async Task<Ok> Handle(
        string gateway, HttpRequest request, GatewayChoice gateways, PaymentsDb db, Wakes<CallGateways> wakes, CancellationToken ct)
    {
        var known = gateways.Find(gateway) ?? throw RuleException.NotFound();
        var body = await Body(request, ct);
        var message = new GatewayMessage(
            request.Headers["webhook-id"].ToString(), request.Headers["webhook-timestamp"].ToString(), request.Headers["webhook-signature"].ToString(), body);
        var notice = known.Verify(message)
            ?? throw new RuleException(401, "invalid_signature", "The signature is not ours, or its time is more than five minutes off. Nothing was done.");

        // Told twice it is stored once, and only the first makes us look; in the trace of what waits for the payment.
        db.Run("""
            with stored as (
                insert into webhooks (gateway, id, payload, payment_id, known)
                select $1, $2, $3, $4, exists (select 1 from payments where id = $4) on conflict do nothing returning payment_id)
            insert into operations (id, kind, payment_id, order_id, amount_minor, trace)
            select $5, $6, p.id, p.order_id, p.amount_minor,
                   coalesce((select o.trace from operations o where o.payment_id = p.id order by o.id limit 1), $7)
              from stored join payments p on p.id = stored.payment_id
            on conflict (payment_id, kind) where kind <> 'refund' do update set next_at = now(), attempts = 0
            """,
            gateway, notice.Id, Pg.Jsonb(Encoding.UTF8.GetString(body.Span)), notice.PaymentId, Guid.CreateVersion7(),
            Words.Of(notice.IsDispute ? OperationKind.Disputes : OperationKind.Read),
            Pg.Text(db.TraceOf(notice.PaymentId)));
        db.AfterCommit(wakes.Now);
        return TypedResults.Ok();
    }

    // The bytes as they came: the signature is over them.
    private static async Task<ReadOnlyMemory<byte>> Body(HttpRequest request, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > BodyMax)
                throw new RuleException(413, "body_too_large", "A webhook is at most 64 kB.");
        }
        return bytes.ToArray();
    }
}
