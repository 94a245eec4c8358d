namespace Souk.Platform.Http;

/// <summary>A code of the platform.</summary>
/// <param name="Status">Its HTTP status.</param>
/// <param name="Code">The code.</param>
/// <param name="Sentence">What it means.</param>
internal sealed record ProblemCode(int Status, string Code, string Sentence);

/// <summary>The codes that any route may answer, itself or the gateway for it. Those of the services stand at their routes.</summary>
internal static class ProblemCodes
{
    public static IReadOnlyList<ProblemCode> OfPlatform { get; } =
    [
        new(400, "malformed_json", "The body is no JSON; the detail says where."),
        new(400, "body_required", "The route takes a JSON object, and there was none."),
        new(400, "unknown_field", "There is no such field. Leave it out."),
        new(400, "duplicate_key", "A field stands twice. Send it once."),
        new(400, "required", "A field or parameter is missing, or null."),
        new(400, "wrong_type", "A value is of another type than the document says."),
        new(400, "invalid_date", "A time is no RFC 3339 time with its zone."),
        new(400, "invalid_text", "A text holds NUL, half a character or bytes that are no UTF-8."),
        new(400, "too_deep", "The body is nested deeper than 64 levels."),
        new(400, "duplicate_parameter", "A query parameter stands twice. Send it once."),
        new(400, "limit_out_of_range", "The limit of a page is 1 to 100."),
        new(400, "invalid_cursor", "The cursor is not of this list, its filters and its caller. Start again without."),
        new(400, "unknown_sort", "The list cannot be sorted so; the detail names the orders it has."),
        new(400, "idempotency_key_required", "Send an Idempotency-Key: money moves here."),
        new(400, "invalid_idempotency_key", "The Idempotency-Key is 1 to 255 visible ASCII characters, once."),
        new(400, "bad_request", "The request cannot be read."),
        new(401, "sign_in_required", "Sign in: send an access token or an API key."),
        new(401, "invalid_token", "The token is wrong, old or withdrawn. Sign in again."),
        new(401, "invalid_api_key", "The API key is wrong or revoked. Copy it whole, or make a new one."),
        new(401, "invalid_cart_token", "The X-Cart-Token is not one of ours. Leave it out to begin a new cart."),
        new(401, "invalid_order_token", "The X-Order-Token is not one of ours. Use the one the order's answer gave."),
        new(403, "forbidden", "You are known, but may not do this."),
        new(404, "not_found", "It is not there, or not yours: the answer does not tell which."),
        new(405, "method_not_allowed", "The route has other methods; Allow names them."),
        new(406, "not_acceptable", "Answers are application/json."),
        new(409, "changed_meanwhile", "Someone else changed it between your read and your write. Read it again."),
        new(409, "already_exists", "There is one like it already."),
        new(409, "in_use", "Something else refers to it."),
        new(409, "still_running", "The first request with this Idempotency-Key is still running. Retry in a second."),
        new(412, "stale", "It was changed since you read it: the If-Match is of an older version."),
        new(413, "body_too_large", "The body is larger than the route takes: 1 MB unless it says otherwise."),
        new(414, "uri_too_long", "Path and query are longer than 8 kB."),
        new(415, "unsupported_media", "Send application/json, not compressed."),
        new(422, "validation_failed", "Fields break rules; errors names them all."),
        new(422, "idempotency_key_reused", "The Idempotency-Key was used for another request."),
        new(426, "upgrade_required", "The gateway speaks TLS here: use https."),
        new(429, "too_many_requests", "Slow down: wait as long as Retry-After says."),
        new(431, "headers_too_large", "There are more than 100 headers, or they are larger than 32 kB."),
        new(500, "internal", "The souk failed. Quote the trace_id."),
        new(502, "service_lost", "A service broke off or is not there. Retry, with the same Idempotency-Key."),
        new(503, "busy", "The souk is busy. Retry in a second, with the same Idempotency-Key."),
        new(503, "too_slow", "It took too long and was stopped. Retry, with the same Idempotency-Key."),
        new(504, "service_silent", "A service does not answer. Retry, with the same Idempotency-Key."),
        new(507, "storage_full", "The souk cannot store more at the moment."),
    ];

    /// <summary>What a field of a 422 may have; the platform's own checks.</summary>
    public static IReadOnlyList<ProblemCode> OfFields { get; } =
    [
        new(422, "required", "Give a value."),
        new(422, "blank", "Give a value that is not blank."),
        new(422, "too_long", "The text is longer than the limit; it is counted in characters."),
        new(422, "too_short", "The text is shorter than the limit."),
        new(422, "too_many", "There are more entries than the limit."),
        new(422, "too_few", "There are fewer entries than the limit."),
        new(422, "too_small", "The number is below its range."),
        new(422, "too_large", "The number is above its range."),
        new(422, "invalid_email", "It is no e-mail address."),
        new(422, "invalid_url", "It is no absolute http or https address."),
        new(422, "invalid_format", "It does not have the form that the document describes."),
        new(422, "invalid_characters", "It holds control characters, line breaks or marks of direction."),
        new(422, "card_number", "It holds what looks like the number of a payment card, and those are taken nowhere."),
        new(422, "unknown_value", "It is none of the allowed values."),
        new(422, "invalid", "It breaks a rule that the detail names."),
    ];
}
