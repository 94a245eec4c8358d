using System.Text.Json;

namespace Souk.Platform.OpenApi;

/// <summary>What parameters mean that have the same name, and the same meaning, on every route.</summary>
internal static class Parameters
{
    public static string Describe(string name) => name switch
    {
        "id" => "Which one.",
        "limit" => "How many entries a page holds.",
        "cursor" => "The next_cursor of the page before. Of this list, these filters and this caller only.",
        "sort" => "The order: a field, with a minus in front for descending. Each list allows its own; others are refused with their names.",
        "Idempotency-Key" => "A new random value for each thing you want done. Sent again with the same request it gets the same answer, for 7 days.",
        "If-Match" => "The ETag of what you read: if it was changed since, nothing is done and the answer is 412.",
        "q" => "What is searched for.",
        "status" => "Only those in this status.",
        "company_id" => "Which company, for who is a member of several.",
        _ when name.EndsWith("_id", StringComparison.Ordinal) => $"The id of the {name[..^3].Replace('_', ' ')}.",
        _ => $"The {JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace('_', ' ')}.",
    };
}
