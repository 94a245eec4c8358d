using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Souk.Platform.OpenApi;

/// <summary>Puts the comments of the records into their schemas.</summary>
internal static class Schemas
{
    public static Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, XmlDocs docs)
    {
        // A type that has a converter of its own hides its shape from the generator.
        var type = context.JsonTypeInfo.Type;
        if (Nullable.GetUnderlyingType(type) == typeof(DateTimeOffset) || type == typeof(DateTimeOffset))
            (schema.Type, schema.Format) = (JsonSchemaType.String | (type == typeof(DateTimeOffset) ? 0 : JsonSchemaType.Null), "date-time");
        if (context.JsonPropertyInfo is { AttributeProvider: PropertyInfo property, DeclaringType: { } owner })
        {
            schema.Description ??= docs.Property(owner, property);
            foreach (var rule in Rules(owner, property))
                Limit(schema, rule);
        }
        else if (context.ParameterDescription is null && IsOurs(context.JsonTypeInfo.Type))
            schema.Description ??= docs.Summary(context.JsonTypeInfo.Type);
        // Strict reading refuses unknown members; the document says so.
        if (schema is { Type: JsonSchemaType.Object, Properties.Count: > 0 })
            schema.AdditionalPropertiesAllowed = false;
        return Task.CompletedTask;
    }

    // The generator reads the rules of properties; those of records stand on the parameters of their constructor.
    private static IEnumerable<ValidationAttribute> Rules(Type owner, PropertyInfo property) =>
        owner.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Where(parameter => parameter.Name == property.Name)
            .SelectMany(parameter => parameter.GetCustomAttributes<ValidationAttribute>());

    private static void Limit(OpenApiSchema schema, ValidationAttribute rule)
    {
        var isArray = schema.Type?.HasFlag(JsonSchemaType.Array) == true;
        switch (rule)
        {
            case StringLengthAttribute length:
                (schema.MinLength, schema.MaxLength) = (length.MinimumLength > 0 ? length.MinimumLength : null, length.MaximumLength);
                break;
            case LengthAttribute length when isArray:
                (schema.MinItems, schema.MaxItems) = (length.MinimumLength, length.MaximumLength);
                break;
            case MaxLengthAttribute length when isArray:
                schema.MaxItems = length.Length;
                break;
            case MinLengthAttribute length when isArray:
                schema.MinItems = length.Length;
                break;
            case MaxLengthAttribute length when schema.Type?.HasFlag(JsonSchemaType.String) == true:
                schema.MaxLength = length.Length;
                break;
            case RangeAttribute { Minimum: int or long or double } range:
                schema.Minimum = Convert.ToString(range.Minimum, CultureInfo.InvariantCulture);
                schema.Maximum = Convert.ToString(range.Maximum, CultureInfo.InvariantCulture);
                break;
            case AllowedValuesAttribute allowed:
                schema.Enum = [.. allowed.Values.Select(value => value is null ? JsonNullSentinel.JsonNull : JsonValue.Create(value)!)];
                break;
            case EmailAddressAttribute:
                schema.Format = "email";
                break;
        }
    }

    private static bool IsOurs(Type type) => type.Assembly.GetName().Name?.StartsWith("Souk.", StringComparison.Ordinal) == true;
}
