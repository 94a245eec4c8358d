using System.Text;
using FsCheck.Fluent;
using FsCheck;
using Souk.Catalog.Csv;
using Souk.Platform.Http;

namespace Souk.UnitTests.Catalog;

public class CsvTests
{
    private static readonly Gen<string> Texts =
        Gen.Elements('\'', '=', '+', '-', '@', '\t', '|', '\\', 'a', ' ', 'é').ArrayOf().Select(c => new string(c));

    [Fact]
    public void What_is_guarded_is_no_formula_and_is_read_as_it_was() => Prop.ForAll(Texts.ToArbitrary(), text =>
        CsvFile.Unguard(CsvFile.Guard(text)) == text
            && !(CsvFile.Guard(text) is [('=' or '+' or '-' or '@' or '\t' or '\r'), ..]))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Values_that_share_a_cell_stay_apart() => Prop.ForAll(
        Texts.Where(text => text.Length > 0).ArrayOf().ToArbitrary(), values => Cells.Split(Cells.Join(values))
            .SequenceEqual(values))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Options_are_read_as_they_were_written()
    {
        var options = new Dictionary<string, string> { ["a=b"] = "1|2", ["color"] = "red=ish \\ blue" };

        Assert.Equal(options, Cells.SplitPairs(Cells.JoinPairs(options)));
        Assert.Empty(Cells.SplitPairs("")!);
        Assert.Null(Cells.SplitPairs("color"));
        Assert.Null(Cells.SplitPairs("color=red|color=blue"));
    }

    [Theory]
    [InlineData("", "empty_file")]
    [InlineData("sku,name\n", "empty_file")]
    [InlineData("name,price\nLamp,1\n", "missing_column")]
    [InlineData("sku,colour\nL,red\n", "unknown_column")]
    [InlineData("sku,name,name\nL,a,b\n", "duplicate_column")]
    [InlineData("sku,name\nL\n", "malformed_csv")]
    [InlineData("sku,name\nL,\"a\"b\"\n", "malformed_csv")]
    public void Files_that_are_none_are_refused(string csv, string code) =>
        Assert.Equal(code, Assert.Throws<RuleException>(() => ProductFile.Read(Encoding.UTF8.GetBytes(csv))).Code);

    [Fact]
    public void Files_that_are_no_text_or_too_long_are_refused()
    {
        Assert.Equal("invalid_text", Assert.Throws<RuleException>(() => ProductFile.Read([(byte)'s', 0xFF, 0xFE, 0x41]))
            .Code);
        Assert.Equal(ProductFile.RowsMax, ProductFile.Read(Rows(ProductFile.RowsMax)).Count);
        Assert.Equal("too_many", Assert.Throws<RuleException>(() => ProductFile.Read(Rows(ProductFile.RowsMax + 1)))
            .Code);

        static byte[] Rows(int count) =>
            Encoding.UTF8.GetBytes("sku\n" + string.Concat(Enumerable.Range(0, count).Select(n => $"S{n}\n")));
    }

    [Theory]
    [InlineData("\uFEFFSKU;Name;attr.power\nL-1;\"Oak; lamp\";60\n")]
    [InlineData("sku\tname\tattr.power\r\nL-1\tOak; lamp\t60\r\n")]
    [InlineData("sku,name,attr.power\n\nL-1,Oak; lamp,60")]
    public void Files_of_every_spreadsheet_are_read(string csv)
    {
        var line = Assert.Single(ProductFile.Read(Encoding.UTF8.GetBytes(csv)));

        Assert.Equal(("L-1", "Oak; lamp", "60", null), (line["sku"], line["name"], line["attr.power"], line["price"]));
    }
}
