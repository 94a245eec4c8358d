using System.Globalization;
using CsvHelper;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Inventory;

/// <summary>Reports as files for a spreadsheet.</summary>
internal static class Csv
{
    // What people wrote never becomes a formula; a negative number stays one.
    private static readonly CsvWriterOptions Options = new() { Injection = CsvInjection.Escape };

    /// <summary>Answers a file.</summary>
    /// <param name="name">Name of the file.</param>
    /// <param name="columns">The header.</param>
    /// <param name="rows">The cells of each row.</param>
    /// <param name="http">The request.</param>
    public static ContentHttpResult File(
        string name, IReadOnlyList<string> columns, IEnumerable<object?[]> rows, HttpContext http)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, Options, leaveOpen: true))
        {
            foreach (var column in columns)
                csv.WriteField(column);
            csv.EndRecord();
            foreach (var row in rows)
            {
                foreach (var cell in row)
                    csv.WriteField(cell);
                csv.EndRecord();
            }
        }
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}.csv\"";
        return TypedResults.Content(text.ToString(), "text/csv; charset=utf-8");
    }
}
