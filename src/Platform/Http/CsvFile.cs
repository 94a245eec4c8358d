using System.Globalization;
using System.Text;
using CsvHelper;
using Microsoft.AspNetCore.Http;

namespace Souk.Platform.Http;

/// <summary>
/// A table as a file for a spreadsheet: RFC 4180 in UTF-8, with a header. It flows as it is read, and no text in it is a formula.
/// </summary>
public static class CsvFile
{
    /// <summary>Its media type.</summary>
    public const string ContentType = "text/csv";

    /// <summary>Answers a file. Its first rows are read before anything is sent: what goes wrong there has an answer of its own.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">Name of the file, without its ending.</param>
    /// <param name="columns">The header.</param>
    /// <param name="pages">The cells of each row, as many rows at a time as are sent together.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task Answer(
        HttpContext http, string name, IEnumerable<string> columns, IAsyncEnumerable<IEnumerable<object?[]>> pages,
        CancellationToken ct)
    {
        await using var page = pages.GetAsyncEnumerator(ct);
        var isThere = await page.MoveNextAsync();

        http.Response.ContentType = $"{ContentType}; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}.csv\"";
        await Write(http, [[.. columns]], ct);
        for (; isThere; isThere = await page.MoveNextAsync())
            await Write(http, page.Current, ct);
    }

    /// <summary>Answers a file of rows that were read before.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">Name of the file, without its ending.</param>
    /// <param name="columns">The header.</param>
    /// <param name="rows">The cells of each row.</param>
    /// <param name="ct">Ends it.</param>
    public static Task Answer(
        HttpContext http, string name, IEnumerable<string> columns, IEnumerable<object?[]> rows, CancellationToken ct) =>
        Answer(http, name, columns, new[] { rows }.ToAsyncEnumerable(), ct);

    /// <summary>
    /// A spreadsheet takes a cell that begins like this for a formula and runs it: such text gets an apostrophe in front, which
    /// spreadsheets do not show.
    /// </summary>
    /// <param name="text">What people wrote.</param>
    public static string Guard(string text) => LooksLikeFormula(text) ? "'" + text : text;

    /// <summary>Takes the apostrophe away again.</summary>
    /// <param name="cell">A cell of a file that may be ours.</param>
    public static string Unguard(string cell) =>
        cell.StartsWith('\'') && LooksLikeFormula(cell[1..]) ? cell[1..] : cell;

    // An apostrophe in front of a formula that was there before is guarded too: else it would be taken away on reading.
    private static bool LooksLikeFormula(string text) =>
        text.TrimStart('\'') is [('=' or '+' or '-' or '@' or '\t' or '\r'), ..];

    private static async Task Write(HttpContext http, IEnumerable<object?[]> rows, CancellationToken ct)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text))
            foreach (var row in rows)
                csv.WriteRecord(Array.ConvertAll(row, Cell));
        await http.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), ct);
    }

    // A negative number is none of the texts that are guarded.
    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => Guard(text),
        bool flag => flag ? "true" : "false",
        DateTimeOffset or DateOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
