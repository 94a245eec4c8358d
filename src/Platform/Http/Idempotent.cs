using Microsoft.AspNetCore.Builder;

namespace Souk.Platform.Http;

/// <summary>Marks routes whose retries have one effect and one answer.</summary>
public static class IdempotentExtensions
{
    /// <summary>
    /// The route accepts <c>Idempotency-Key</c>: the same key with the same request gets the same answer for 7 days. Every
    /// POST that creates, pays or moves stock has it; where money moves the key is required.
    /// </summary>
    public static TBuilder Idempotent<TBuilder>(this TBuilder route, bool required = false) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new IdempotentRoute(required));
}

/// <summary>The metadata of an idempotent route.</summary>
/// <param name="Required">Whether a request without a key is refused.</param>
public sealed record IdempotentRoute(bool Required);
