using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>
/// Buys up to 100 times in one request. Everybody may. The orders know nothing of each other: each has its own key and its own
/// result, and a retry of the batch answers for each what it answered before.
/// </summary>
internal static class PlaceOrderBatch
{
    internal const int OrdersMax = 100;

    // All at once would take every connection of the service for one caller.
    private const int AtOnceMax = 10;

    public static void Map(IEndpointRouteBuilder orders) => orders.MapPost("/batch", Handle)
        .AllowGuests()
        .AnswersLater()
        .WithoutTransaction()
        .WithSummary("Buy several times in one request")
        .WithDescription("Answers 200 with one result for each order, in their order: status, location and body as POST /orders would answer them.")
        .Problems("422 key_twice");

    private static async Task<Ok<PlaceOrderBatchResponse>> Handle(PlaceOrderBatchRequest request, Caller caller, HttpContext http, Writes writes, CancellationToken ct)
    {
        if (request.Orders.DistinctBy(entry => entry.IdempotencyKey).Count() != request.Orders.Count)
            throw RuleException.Invalid("/orders", "key_twice", "Give every order an idempotency_key of its own.");
        var results = new List<OrderResult>(request.Orders.Count);
        foreach (var chunk in request.Orders.Chunk(AtOnceMax))
        {
            ct.ThrowIfCancellationRequested();
            var answers = await Task.WhenAll([.. chunk.Select(entry => writes.Entry(
                http, "carts", entry.IdempotencyKey, entry.Order, one => Place(entry.Order, caller, one)))]);
            results.AddRange(chunk.Zip(answers, (entry, answer) => new OrderResult(entry.IdempotencyKey, answer.Status, answer.Location, answer.Body)));
        }
        return TypedResults.Ok(new PlaceOrderBatchResponse(results));
    }

    private static Task<IResult> Place(PlaceOrderRequest order, Caller caller, HttpContext one)
    {
        var services = one.RequestServices;
        return PlaceOrder.Handle(
            order, caller, one, services.GetRequiredService<CartsDb>(), services.GetRequiredService<Quotes>(), services.GetRequiredService<Checkout>(),
            services.GetRequiredService<OfferBook>(), one.RequestAborted);
    }
}

/// <summary>Orders to place.</summary>
/// <param name="Orders">1 to 100.</param>
public sealed record PlaceOrderBatchRequest([MinLength(1), MaxLength(PlaceOrderBatch.OrdersMax)] IReadOnlyList<PlaceOrderBatchEntry> Orders);

/// <summary>One of the orders.</summary>
/// <param name="IdempotencyKey">Its own key: the same key with the same order gets the same answer.</param>
/// <param name="Order">As in <c>POST /orders</c>.</param>
public sealed record PlaceOrderBatchEntry([StringLength(255, MinimumLength = 1)] string IdempotencyKey, PlaceOrderRequest Order);

/// <summary>What became of the orders.</summary>
/// <param name="Results">One for each, in their order.</param>
public sealed record PlaceOrderBatchResponse(IReadOnlyList<OrderResult> Results);

/// <summary>What became of one order.</summary>
/// <param name="IdempotencyKey">Its key.</param>
/// <param name="Status">The HTTP status: 201, 202, 402, 409, 422.</param>
/// <param name="Location">Where it can be read.</param>
/// <param name="Body">The order, or the problem.</param>
public sealed record OrderResult(string IdempotencyKey, int Status, string? Location, JsonElement? Body);
