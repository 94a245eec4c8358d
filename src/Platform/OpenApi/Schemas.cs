using System.Reflection;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Souk.Platform.OpenApi;

/// <summary>Puts the comments of the records into their schemas.</summary>
internal static class Schemas
{
    public static Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, XmlDocs docs)
    {
        if (context.JsonPropertyInfo is { AttributeProvider: PropertyInfo property, DeclaringType: { } owner })
            schema.Description ??= docs.Property(owner, property);
        else if (context.ParameterDescription is null && IsOurs(context.JsonTypeInfo.Type))
            schema.Description ??= docs.Summary(context.JsonTypeInfo.Type);
        // Strict reading refuses unknown members; the document says so.
        if (schema is { Type: JsonSchemaType.Object, Properties.Count: > 0 })
            schema.AdditionalPropertiesAllowed = false;
        return Task.CompletedTask;
    }

    private static bool IsOurs(Type type) => type.Assembly.GetName().Name?.StartsWith("Souk.", StringComparison.Ordinal) == true;
}
