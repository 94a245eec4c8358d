using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;

namespace Souk.Platform.OpenApi;

/// <summary>Names of schemas. Two services may call a record the same; then both get the service's name in front.</summary>
internal sealed class SchemaNames
{
    private readonly Lazy<HashSet<string>> shared = new(() => [.. AppDomain.CurrentDomain.GetAssemblies()
        .Where(assembly => assembly.GetName().Name?.StartsWith("Souk.", StringComparison.Ordinal) == true)
        .SelectMany(assembly => assembly.GetExportedTypes())
        .GroupBy(type => type.Name)
        .Where(types => types.Count() > 1)
        .Select(types => types.Key)]);

    public string? Of(JsonTypeInfo type)
    {
        var name = OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        if (name is null)
            return null;
        var own = type.Type.IsGenericType ? type.Type.GetGenericArguments()[^1] : type.Type;
        return shared.Value.Contains(own.Name) ? own.Assembly.GetName().Name!.Replace("Souk.", "", StringComparison.Ordinal) + name : name;
    }
}
