using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Souk.Platform.OpenApi;

/// <summary>Makes an example from its schema where a route has none of its own, so that every operation shows one.</summary>
internal static class Examples
{
    private const int DepthMax = 7;
    private const string Id = "019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e";

    public static void Fill(OpenApiDocument document)
    {
        foreach (var operation in Document.Operations(document))
        {
            foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
                if (parameter.Required && parameter.Example is null && parameter.Schema is not null)
                    parameter.Example = parameter.Name == "Idempotency-Key" ? JsonValue.Create("7c1f6f0e-2b0d-4c55-9f0a-6f1f9d0c2a11") : Of(parameter.Schema, parameter.Name ?? "", 0);
            foreach (var media in operation.RequestBody?.Content?.Values ?? [])
                Fill(media);
            foreach (var response in (operation.Responses ?? []).Where(response => response.Key.StartsWith('2')))
                foreach (var media in response.Value.Content?.Values ?? [])
                    Fill(media);
        }
    }

    private static void Fill(OpenApiMediaType media)
    {
        if (media.Example is null && media.Examples is null)
            media.Example = media.Schema is null ? new JsonObject() : Of(media.Schema, "", 0);
    }

    private static JsonNode? Of(IOpenApiSchema schema, string name, int depth)
    {
        if (schema.Default is { } given)
            return given.DeepClone();
        if (schema.Enum is { Count: > 0 } values)
            return values.FirstOrDefault(value => value is not null)?.DeepClone();
        if (Choices(schema) is { } choice)
            return Of(choice, name, depth);
        var type = schema.Type & ~JsonSchemaType.Null;
        if (depth > DepthMax)
            return type == JsonSchemaType.Array ? new JsonArray() : schema.Type?.HasFlag(JsonSchemaType.Null) == true ? null : new JsonObject();
        return type switch
        {
            JsonSchemaType.Object => Object(schema, depth),
            JsonSchemaType.Array => new JsonArray(schema.Items is null || depth >= DepthMax - 1 ? [] : [Of(schema.Items, name, depth + 1)]),
            JsonSchemaType.Boolean => JsonValue.Create(true),
            JsonSchemaType.Integer => Integer(schema, name),
            JsonSchemaType.Number => JsonValue.Create(19.99m),
            JsonSchemaType.String => name == "next_cursor" ? null : JsonValue.Create(Fitted(Text(schema, name), schema)),
            null when schema.Properties is { Count: > 0 } => Object(schema, depth),
            _ => new JsonObject(),
        };
    }

    private static IOpenApiSchema? Choices(IOpenApiSchema schema) =>
        (schema.OneOf ?? schema.AnyOf)?.FirstOrDefault(one => one.Type != JsonSchemaType.Null) ?? (schema.Properties is { Count: > 0 } ? null : schema.AllOf?.FirstOrDefault());

    private static JsonObject Object(IOpenApiSchema schema, int depth)
    {
        var made = new JsonObject();
        foreach (var (name, property) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
            made[name] = Of(property, name, depth + 1);
        return made;
    }

    private static JsonValue Integer(IOpenApiSchema schema, string name)
    {
        var wanted = name switch { "amount" => 1999, "version" => 3, "status" => 201, _ => 1 };
        var min = long.TryParse(schema.Minimum, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var least) ? least : long.MinValue;
        var max = long.TryParse(schema.Maximum, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var most) ? most : long.MaxValue;
        return JsonValue.Create(Math.Clamp(wanted, min, max));
    }

    private static string Text(IOpenApiSchema schema, string name) => schema.Format switch
    {
        "uuid" => Id,
        "date-time" => "2026-01-31T12:00:00Z",
        "date" => "2026-01-31",
        "uri" => "https://shop.example/thanks",
        "email" => "ada@example.com",
        "duration" => "00:15:00",
        _ => name switch
        {
            "currency" => "EUR",
            "country" => "DE",
            "within" => "01:00:00",
            "email" or "recipient" or "to" => "ada@example.com",
            "password" or "new_password" or "current_password" => "correct horse battery staple",
            "phone" or "phone_number" => "+49 30 1234567",
            "username" => "ada",
            "postcode" => "10115",
            "city" => "Berlin",
            "locale" => "en",
            "slug" => "oak-lamp",
            "sku" => "LAMP-1",
            "method" or "payment_method" => "card",
            "token" => "tok_success",
            _ when name.EndsWith("_url", StringComparison.Ordinal) || name == "url" => "https://shop.example/thanks",
            _ when name.EndsWith("_token", StringComparison.Ordinal) => "q0mXc4b1d9b3nT7mWQ2R",
            "" => "text",
            _ => name.Replace('_', ' '),
        },
    };

    private static string Fitted(string text, IOpenApiSchema schema)
    {
        if (schema.MaxLength is { } max && text.Length > max)
            text = text[..max];
        return schema.MinLength is { } min && text.Length < min ? text.PadRight(min, 'x') : text;
    }
}
