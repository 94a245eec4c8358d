using System.Globalization;
using CsvHelper;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;

namespace Souk.Payments;

/// <summary>Reads a gateway's settlement file: CSV with a header, amounts in major units.</summary>
internal static class SettlementCsv
{
    public const int LinesMax = 5_000;
    private const int ErrorsMax = 50;
    private const int ReferenceMax = 100;
    private static readonly string[] Columns = ["type", "payment", "reference", "amount", "fee", "currency", "at"];

    // The first record is read as any other: its names say where each column stands.
    private static readonly CsvReaderOptions Format = new() { Separator = ',', HasHeader = false, TrimWhitespace = true };

    /// <exception cref="RuleException">422 <c>invalid_csv</c> with what is wrong in which line.</exception>
    public static List<SettlementLine> Read(string text)
    {
        using var csv = CsvReader.FromText(text, Format);
        string[] header = csv.Read() ? Row(csv) : [];
        string[] missing = [.. Columns.Except(header)];
        if (missing.Length > 0)
            throw RuleException.Invalid(
                "/lines/1", "invalid_csv", $"The first line names the columns. Missing: {string.Join(", ", missing)}.");
        var lines = new List<SettlementLine>();
        var errors = new List<FieldError>();
        for (var number = 2; errors.Count < ErrorsMax && csv.Read(); number++)
        {
            if (number > LinesMax + 1)
                throw RuleException.Invalid($"/lines/{number}", "too_many_lines",
                    $"At most {LinesMax} lines in a file. Divide it.");
            if (Line(Cells(header, Row(csv)), number, errors) is { } line)
                lines.Add(line);
        }
        if (lines.Find(line => line.Currency != lines[0].Currency) is { } other)
            errors.Add(new FieldError($"/lines/{other.Number}/currency", "currency_mismatch",
                "One currency in a file. Divide it."));
        if (errors.Count > 0)
            throw new RuleException(422, "invalid_csv", $"{errors.Count} lines need attention. Nothing was taken.",
                [.. errors]);
        return lines is [] ? throw RuleException.Invalid("/lines/2", "invalid_csv",
            "There are no lines below the header.") : lines;
    }

    private static string[] Row(CsvReader csv) => [.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)];

    // What a line has too little of is empty; of two columns of one name the first counts.
    private static Dictionary<string, string> Cells(string[] header, string[] row) =>
        Columns.ToDictionary(column => column, column => row.ElementAtOrDefault(Array.IndexOf(header, column)) ?? "");

    private static SettlementLine? Line(Dictionary<string, string> cells, int number, List<FieldError> errors)
    {
        var before = errors.Count;
        var type = cells["type"] switch
        {
            "capture" => SettledType.Capture,
            "refund" => SettledType.Refund,
            "dispute" => SettledType.Dispute,
            _ => Wrong<SettledType>("type", "One of: capture, refund, dispute."),
        };
        var payment = Guid.TryParse(cells["payment"], out var id) ? id : Wrong<Guid>("payment", "The id of our payment.");
        var reference = cells["reference"] is { Length: > 0 and <= ReferenceMax } text ? text
            : Wrong<string>("reference", "1 to 100 characters.");
        // However it is written, an id is one.
        if (Guid.TryParse(reference, out var own))
            reference = own.ToString();
        var currency = cells["currency"] is { } code && Currencies.Knows(code) ? code
            : Wrong<string>("currency", "An ISO 4217 code in upper case.");
        var amount = Amount("amount", currency, least: 1);
        var fee = Amount("fee", currency, least: 0);
        var at = DateTimeOffset.TryParseExact(cells["at"], ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUniversalTime() : Wrong<DateTimeOffset>("at", "An RFC 3339 time with its zone.");
        return errors.Count > before ? null
            : new SettlementLine(number, type, payment, reference!, amount, fee, currency!, at);

        long Amount(string name, string? of, long least)
        {
            if (of is null)
                return 0;
            return decimal.TryParse(cells[name], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var major)
                && Currencies.ToMinor(major, of) is { } minor && minor >= least
                    ? minor : Wrong<long>(name, $"In major units, with at most {Currencies.Digits(of)} decimals.");
        }

        T? Wrong<T>(string column, string detail)
        {
            errors.Add(new FieldError($"/lines/{number}/{column}", "invalid_csv", detail));
            return default;
        }
    }
}
