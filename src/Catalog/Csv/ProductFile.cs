using System.Text;
using CsvHelper;
using Souk.Platform.Http;

namespace Souk.Catalog.Csv;

/// <summary>A row of a product file: one offer.</summary>
/// <param name="Number">Its place in the file; the header is row 1.</param>
/// <param name="Cells">By column; columns that the file has not are missing.</param>
internal sealed record ProductLine(int Number, IReadOnlyDictionary<string, string> Cells)
{
    /// <summary>The cell; null when the file has no such column.</summary>
    public string? this[string column] => Cells.GetValueOrDefault(column);

    /// <summary>The cell; null when it is empty too.</summary>
    public string? Filled(string column) => Cells.GetValueOrDefault(column) is { Length: > 0 } text ? text : null;
}

/// <summary>A file of products, as <c>POST /products/import</c> takes it and <c>GET /products/export</c> writes it.</summary>
internal static class ProductFile
{
    public const int RowsMax = 10_000;
    public const string AttributePrefix = "attr.";
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The columns, in the order they are written. Behind them stands one for each attribute: <c>attr.color</c>.</summary>
    public static readonly string[] Columns =
    [
        "sku", "slug", "name", "description", "status", "categories", "tags", "options", "weight_grams", "price",
        "delivery_fee",
        "tax_category", "active", "stock",
    ];

    /// <summary>Reads the whole file.</summary>
    /// <exception cref="RuleException">It is no such file: 400 or 422, with the row or the column.</exception>
    public static List<ProductLine> Read(byte[] csv)
    {
        try
        {
            return Lines(csv);
        }
        catch (DecoderFallbackException)
        {
            throw new RuleException(400, "invalid_text", "The file is no UTF-8. Save it as CSV UTF-8.");
        }
        catch (CsvFormatException e)
        {
            throw new RuleException(422, "malformed_csv", $"Row {e.RecordNumber} is no CSV: look at its quotes.");
        }
    }

    /// <summary>The rows that are one product: those of one slug; without a slug each row stands for its SKU alone.</summary>
    public static IEnumerable<ProductLine[]> ByProduct(IEnumerable<ProductLine> lines) =>
        lines.GroupBy(line => line.Filled("slug") ?? $"/{line.Number}", (_, same) => same.ToArray());

    private static List<ProductLine> Lines(byte[] csv)
    {
        var text = Strict.GetString(csv).TrimStart('\uFEFF');
        using var reader = CsvReader.FromText(text, new CsvReaderOptions
        {
            Separator = Separator(text),
            HasHeader = false,
            SkipEmptyLines = false, // Counted, so that a row has the number that the spreadsheet shows.
            MalformedData = CsvMalformedDataHandling.Throw,
        });
        if (text.Length == 0 || !reader.Read())
            throw new RuleException(422, "empty_file", "The file has no rows. The first names the columns.");
        var header = Header(Row(reader));
        var lines = new List<ProductLine>();
        while (reader.Read())
        {
            var cells = Row(reader);
            if (cells is [] or [""])
                continue;
            if (cells.Length != header.Length)
                throw new RuleException(422, "malformed_csv",
                    $"Row {reader.RowNumber} has {cells.Length} cells, the header {header.Length}.");
            if (lines.Count == RowsMax)
                throw new RuleException(422, "too_many", $"A file has at most {RowsMax} rows. Send it in parts.");
            lines.Add(new ProductLine(
                (int)reader.RowNumber, header.Zip(cells, Cell).ToDictionary(StringComparer.Ordinal)));
        }
        return lines.Count > 0 ? lines
            : throw new RuleException(422, "empty_file", "The file has no rows behind its header.");
    }

    private static string[] Row(CsvReader reader) =>
        [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];

    // Spreadsheets of some countries write semicolons. The names of columns hold none of these.
    private static char Separator(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        var header = end < 0 ? text : text[..end];
        return header.Contains(';', StringComparison.Ordinal) ? ';' : header.Contains('\t', StringComparison.Ordinal)
            ? '\t' : ',';
    }

    private static KeyValuePair<string, string> Cell(string column, string cell) =>
        KeyValuePair.Create(column, column == "description" ? CsvFile.Unguard(cell) : CsvFile.Unguard(cell.Trim()));

    private static string[] Header(string[] cells)
    {
        string[] header = [.. cells.Select(cell => cell.Trim().ToLowerInvariant())];
        var unknown = Array.FindIndex(header, column =>
            !Columns.Contains(column) && !column.StartsWith(AttributePrefix, StringComparison.Ordinal));
        if (unknown >= 0)
            throw Refused("unknown_column",
                $"Column {unknown + 1} is none of: {string.Join(", ", Columns)}, attr.<code>.");
        if (header.Distinct().Count() < header.Length)
            throw Refused("duplicate_column", "A column stands twice in the header. Keep one of them.");
        return header.Contains("sku") ? header
            : throw Refused("missing_column", "The file needs a column sku: it tells which offer a row is.");

        static RuleException Refused(string code, string detail) => new(422, code, detail);
    }
}
