using System.Globalization;
using System.Text.Json;
using Souk.Contracts;
using Souk.Platform.Http;

namespace Souk.Catalog.Csv;

/// <summary>Reads the cells of a row as what they mean. A wrong one is refused with its row and column.</summary>
internal static class CellReader
{
    public static RuleException Wrong(ProductLine line, string column, string code, string detail) =>
        new(422, code, detail, new FieldError(column, code, detail)) { More = { ["row"] = line.Number } };

    /// <summary>Refuses what no text may hold, whatever the cell is for.</summary>
    public static void Check(ProductLine line)
    {
        if (Validation.Errors(line.Cells) is [var error, ..])
            throw Wrong(line, error.Pointer.TrimStart('/'), error.Code, error.Detail);
    }

    /// <summary>A price in major units; null when the cell is empty or missing.</summary>
    public static Money? Price(ProductLine line, string column, string currency)
    {
        if (line.Filled(column) is not { } text)
            return null;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var major)
            && Currencies.ToMinor(major, currency) is { } minor
            ? new Money(minor, currency)
            : throw Wrong(line, column, "wrong_price",
                $"A price is a number such as 19.99, in {currency}, with at most {Currencies.Digits(currency)} decimals.");
    }

    public static int? Whole(ProductLine line, string column)
    {
        if (line.Filled(column) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(line, column, "wrong_type", "It is a whole number of 0 or more.");
    }

    public static bool? Flag(ProductLine line, string column) => line.Filled(column)?.ToLowerInvariant() switch
    {
        null => null,
        "true" => true,
        "false" => false,
        _ => throw Wrong(line, column, "wrong_type", "It is true or false."),
    };

    /// <summary>The options of a variant; null when the file does not say.</summary>
    public static Dictionary<string, string>? Options(ProductLine line)
    {
        if (line["options"] is not { } cell)
            return null;
        return Cells.SplitPairs(cell)
            ?? throw Wrong(line, "options", "wrong_options", "Write options as color=red|size=L, each once.");
    }

    /// <summary>A value of an attribute; what does not read as its type stays text, and is refused as such.</summary>
    public static JsonElement Attribute(string? type, string text) => type switch
    {
        "number" when decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var number) => JsonSerializer.SerializeToElement(number),
        "boolean" when bool.TryParse(text, out var flag) => JsonSerializer.SerializeToElement(flag),
        _ => JsonSerializer.SerializeToElement(text),
    };
}
