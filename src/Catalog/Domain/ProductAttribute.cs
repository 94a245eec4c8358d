using System.Globalization;
using System.Text.Json;
using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Catalog.Domain;

/// <summary>A specification that products may state, and the type of its values.</summary>
internal sealed class ProductAttribute : IVersioned
{
    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public string Code { get; private set; } = "";
    public string Name { get; private set; } = "";
    public string Type { get; private set; } = "text";
    public string[] Choices { get; private set; } = [];
    public string? Unit { get; private set; }
    public long Version { get; set; }

    public void Become(string code, string name, string type, string[] choices, string? unit)
    {
        if ((type == "choice") != (choices.Length > 0))
            throw RuleException.Invalid("/choices", "wrong_choices", "An attribute of the type choice has choices, others have none.");
        (Code, Name, Type, Choices, Unit) = (code, name.Trim(), type, choices, unit);
    }

    /// <summary>Whether a value is of the type.</summary>
    public static bool Accepts(string type, string[] choices, JsonElement value) => type switch
    {
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "choice" => value.ValueKind == JsonValueKind.String && choices.Contains(value.GetString()),
        _ => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: >= 1 and <= 1000 },
    };

    /// <summary>Whether a variant may differ from others in this value; options are texts, whatever they stand for.</summary>
    public static bool Accepts(string type, string[] choices, string option) => type switch
    {
        "number" => decimal.TryParse(option, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out _),
        "boolean" => option is "true" or "false",
        "choice" => choices.Contains(option),
        _ => true,
    };

    /// <summary>What to say when it does not.</summary>
    public static string Wanted(string type, string[] choices) => type == "choice"
        ? $"Choose one of: {string.Join(", ", choices.Take(20))}."
        : $"The value is a {type}.";
}
