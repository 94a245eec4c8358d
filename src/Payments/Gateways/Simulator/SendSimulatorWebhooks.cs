using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Souk.Platform.Jobs;

namespace Souk.Payments.Gateways.Simulator;

/// <summary>The simulator's own clock: decides what was undecided, ends what waited too long, and sends the webhooks that are due.</summary>
internal sealed class SendSimulatorWebhooks(
    Simulator simulator, SimulatorBooks books, SimulatorAddress address, IHttpClientFactory http, TimeProvider clock, ILogger<SendSimulatorWebhooks> logger) : IWorker
{
    private static readonly TimeSpan SendMax = TimeSpan.FromSeconds(5);

    public async Task<bool> Run(CancellationToken ct)
    {
        await simulator.Tell(await books.Resolve());
        var due = await books.DueWebhooks(ct);
        await Task.WhenAll(due.Select(webhook => Send(webhook, ct)));
        return due.Count > 0;
    }

    private async Task Send(SimulatorWebhook webhook, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(SendMax);
        try
        {
            var delivered = true;
            for (var copy = 0; copy < webhook.Copies; copy++)
                delivered &= await SendOnce(webhook, limit.Token);
            if (delivered)
                await books.Delivered(webhook.Id);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // Sent again later: that is what a gateway does.
            logger.LogWarning("Webhook {Webhook} of the simulator was not delivered ({Reason})", webhook.Id, e.GetType().Name);
        }
    }

    private async Task<bool> SendOnce(SimulatorWebhook webhook, CancellationToken ct)
    {
        var body = Encoding.UTF8.GetBytes(webhook.Payload);
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, address.Webhooks);
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        request.Headers.Add("webhook-id", webhook.Id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", simulator.Signatures.Sign(webhook.Id, timestamp, body));
        using var client = http.CreateClient("gateway-simulator");
        using var answer = await client.SendAsync(request, ct);
        return answer.IsSuccessStatusCode;
    }
}
