using System.Buffers.Binary;
using System.Text;

namespace Souk.IntegrationTests.Walls;

/// <summary>A body that is no JSON.</summary>
/// <param name="What">What it is, for people.</param>
/// <param name="Bytes">As it is sent.</param>
/// <param name="IsRefused">Whether nobody may accept it.</param>
internal sealed record BadFile(string What, byte[] Bytes, bool IsRefused = true);

/// <summary>Files that are none, are broken or too much, for operations that take a picture or a table.</summary>
internal static class BadFiles
{
    private const int TakenMax = 5 << 20;
    private const int RowsMax = 10_000;

    // Where a PNG says its width, and its height behind it.
    private const int SidesAt = 16;

    private static readonly byte[] TooLarge = [.. World.Picture, .. new byte[TakenMax]];

    /// <summary>What is sent in place of a picture.</summary>
    public static IEnumerable<BadFile> Pictures()
    {
        var picture = World.Picture;
        yield return new("nothing", []);
        foreach (var other in new[] { "hello", "{}", "<html><script>alert(1)</script>", "%PDF-1.7\n", "PK\u0003\u0004",
            "\u007fELF", "MZ", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "GIF89a", "BM",
            "RIFF0000WEBP" })
            yield return new($"no picture: {other}", Encoding.Latin1.GetBytes(other));
        foreach (var length in new[] { 8, picture.Length / 2, picture.Length - 13, picture.Length - 1 })
            yield return new($"a picture that ends after {length} bytes", picture[..length]);
        yield return new("a picture behind something else", [.. "GET / "u8, .. picture]);
        foreach (var (width, height) in new[]
        {
            (30_000, 30_000), (10_001, 1), (1, 10_001), (0, 1), (1, 0), (int.MaxValue, 1), (-1, -1),
        })
            yield return new($"a picture of {width} by {height}", Of(width, height));
        yield return new("a first part of 2 GB", [.. picture[..8], 0x7F, 0xFF, 0xFF, 0xFF, .. picture[12..]]);
        yield return new("too large", TooLarge);
        yield return new("a program behind a picture", [.. picture, .. "<?php system($_GET[0]); ?>"u8],
            IsRefused: false);
    }

    /// <summary>What is sent in place of a table.</summary>
    /// <param name="good">One that is taken.</param>
    public static IEnumerable<BadFile> Tables(string good)
    {
        var lines = good.TrimEnd('\n').Split('\n');
        var (header, row) = (lines[0], lines[1]);
        foreach (var (what, text) in new[]
        {
            ("nothing", ""), ("blanks", " \n \n"), ("no rows", header + "\n"), ("no header", row + "\n"),
            ("JSON", "{}"),
            ("columns that are missing", $"{header[(header.IndexOf(',', StringComparison.Ordinal) + 1)..]}\n{row}\n"),
            ("NUL", header.Replace(',', '\0') + "\n" + row),
            ("a quote that does not end", $"{header}\n\"{row}\n"),
            ("too many rows", $"{header}\n{string.Concat(Enumerable.Repeat(row + "\n", RowsMax + 1))}"),
        })
            yield return new(what, Encoding.UTF8.GetBytes(text));
        foreach (var (what, text) in new[]
        {
            ("semicolons", good.Replace(',', ';')), ("a column of no name", $"{header},\n{row},\n"),
            ("a column of another name", $"{header},password\n{row},1\n"),
            ("a column twice", $"{header},{header}\n{row},{row}\n"),
            ("1,000 cells", $"{header}\n{row}{new string(',', 1000)}\n"),
            ("half a row", $"{header}\n{row[..(row.Length / 2)]}\n"),
            ("a formula", $"{header}\n{row.Replace(',', '=')}\n"),
            ("a megabyte in a cell", $"{header}\n{new string('x', 1 << 20)}{row}\n"),
            ("NUL in a cell", $"{header}\n\0{row}\n"),
            ("ends of line of another kind", good.Replace('\n', '\r')), ("a BOM", "\uFEFF" + good),
        })
            yield return new(what, Encoding.UTF8.GetBytes(text), IsRefused: false);
        yield return new("UTF-16", Encoding.Unicode.GetBytes(good));
        yield return new("no UTF-8",
            [.. Encoding.UTF8.GetBytes(header), 0xC3, 0x28, (byte)'\n', .. Encoding.UTF8.GetBytes(row)]);
        yield return new("a picture", World.Picture);
        yield return new("too large", TooLarge);
    }

    private static byte[] Of(int width, int height)
    {
        var picture = (byte[])World.Picture.Clone();
        BinaryPrimitives.WriteInt32BigEndian(picture.AsSpan(SidesAt), width);
        BinaryPrimitives.WriteInt32BigEndian(picture.AsSpan(SidesAt + sizeof(int)), height);
        return picture;
    }
}
