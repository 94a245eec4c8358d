using System.Buffers.Binary;
using System.Text;
using Souk.Catalog.Domain;
using Souk.Platform.Http;

namespace Souk.UnitTests.Catalog;

public class PictureTests
{
    private const string Secret = "52.5200 N 13.4050 E";
    private static readonly byte[] Behind = "<script>alert(1)</script>"u8.ToArray();

    public static TheoryData<string, byte[], byte[]> Kinds() => new()
    {
        { "image/png", Png(640, 480), Png(640, 480, Chunk("tEXt", Secret), Chunk("eXIf", Secret)) },
        { "image/jpeg", Jpeg(640, 480),
            Jpeg(640, 480, [0xFF, 0xFE, 0, (byte)(Secret.Length + 2), .. Encoding.ASCII.GetBytes(Secret)]) },
        { "image/gif", Gif(), Gif([0x21, 0xFE, (byte)Secret.Length, .. Encoding.ASCII.GetBytes(Secret), 0]) },
        { "image/webp", WebP(), WebP(Riff("EXIF", Secret)) },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void What_is_no_part_of_a_picture_is_left_out(string type, byte[] clean, byte[] sent)
    {
        var picture = Picture.Of([.. sent, .. Behind]);

        Assert.Equal((type, 640, 480), (picture.ContentType, picture.Width, picture.Height));
        Assert.Equal(clean, picture.Bytes);
        Assert.Equal(clean, Picture.Of(clean).Bytes);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Half_a_picture_is_none(string type, byte[] clean, byte[] sent)
    {
        Assert.NotEmpty(type);
        for (var length = 0; length < clean.Length; length++)
            Assert.Equal("not_a_picture", Assert.Throws<RuleException>(() => Picture.Of(clean[..length])).Code);
        for (var length = 0; length < sent.Length; length++)
            Assert.Equal("not_a_picture", Assert.Throws<RuleException>(() => Picture.Of(sent[..length])).Code);
    }

    [Fact]
    public void How_a_camera_was_held_is_all_that_stays_of_its_data()
    {
        // A directory of two entries: the orientation, and where the rest would be; behind it the rest.
        byte[] exif =
        [
            .. "Exif\0\0II*\0\x08\0\0\0"u8, 2, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0x25, 0x88, 4, 0, 1, 0, 0,
            0, 38, 0, 0, 0, 0, 0, 0, 0,
            .. Encoding.ASCII.GetBytes(Secret),
        ];

        var picture = Picture.Of(Jpeg(640, 480, [0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif]));

        Assert.DoesNotContain(Secret, Encoding.Latin1.GetString(picture.Bytes), StringComparison.Ordinal);
        var again = Picture.Of(picture.Bytes);
        Assert.Equal(picture.Bytes, again.Bytes);
        Assert.True(picture.Bytes.AsSpan().IndexOf<byte>([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]) > 0);
    }

    [Fact]
    public void An_avif_with_a_cameras_data_is_refused()
    {
        var clean = Avif("ipco");

        Assert.Equal(("image/avif", 640, 480),
            (Picture.Of(clean).ContentType, Picture.Of(clean).Width, Picture.Of(clean).Height));
        Assert.Equal("picture_metadata", Assert.Throws<RuleException>(() => Picture.Of(Avif("Exif"))).Code);
        Assert.Equal("not_a_picture", Assert.Throws<RuleException>(() => Picture.Of([.. clean, .. Behind])).Code);
    }

    [Theory]
    [InlineData(10_001, 1)]
    [InlineData(9_000, 9_000)]
    public void A_picture_that_would_fill_the_memory_of_who_opens_it_is_refused(int width, int height) =>
        Assert.Equal("image_too_big", Assert.Throws<RuleException>(() => Picture.Of(Png(width, height))).Code);

    [Theory]
    [InlineData("")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>")]
    [InlineData("GIF89a")]
    [InlineData("%PDF-1.7 and some more of it")]
    public void What_is_no_picture_is_refused(string text) =>
        Assert.Equal("not_a_picture", Assert.Throws<RuleException>(() => Picture.Of(Encoding.ASCII.GetBytes(text)))
            .Code);

    private static byte[] Png(int width, int height, params byte[][] more) =>
    [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A,
        .. Chunk("IHDR", [.. Big(width), .. Big(height), 8, 2, 0, 0, 0]),
        .. more.SelectMany(chunk => chunk), .. Chunk("IDAT", [1, 2, 3, 4]), .. Chunk("IEND", []),
    ];

    private static byte[] Chunk(string name, string text) => Chunk(name, Encoding.ASCII.GetBytes(text));

    private static byte[] Chunk(string name, byte[] data) =>
        [.. Big(data.Length), .. Encoding.ASCII.GetBytes(name), .. data, 0, 0, 0, 0];

    private static byte[] Jpeg(ushort width, ushort height, params byte[] more) =>
    [
        0xFF, 0xD8, .. more, 0xFF, 0xDB, 0, 4, 1, 2, 0xFF, 0xC0, 0, 8, 8, (byte)(height >> 8), (byte)height,
        (byte)(width >> 8), (byte)width, 1,
        0xFF, 0xDA, 0, 3, 1, 7, 7, 0xFF, 0x00, 7, 0xFF, 0xD0, 7, 0xFF, 0xD9,
    ];

    private static byte[] Gif(params byte[] more) =>
        [.. "GIF89a"u8, 0x80, 2, 0xE0, 1, 0, 0, 0, .. more, 0x2C, 0, 0, 0, 0, 0x80, 2, 0xE0, 1, 0, 2, 2, 1, 1, 0, 0x3B];

    private static byte[] WebP(params byte[] more)
    {
        byte[] chunks = [.. Riff("VP8X", [(byte)(more.Length > 0 ? 8 : 0), 0, 0, 0, 0x7F, 2, 0, 0xDF, 1, 0]),
            .. Riff("VP8L", [1, 2, 3]), .. more];
        return [.. "RIFF"u8, .. Little(chunks.Length + 4), .. "WEBP"u8, .. chunks];
    }

    private static byte[] Riff(string name, string text) => Riff(name, Encoding.ASCII.GetBytes(text));

    private static byte[] Riff(string name, byte[] data) =>
        [.. Encoding.ASCII.GetBytes(name), .. Little(data.Length), .. data, .. new byte[data.Length & 1]];

    private static byte[] Avif(string item) =>
    [
        .. Box("ftyp", "avif\0\0\0\0"u8.ToArray()),
        .. Box("meta",
            [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(item), .. Box("ispe", [0, 0, 0, 0, .. Big(640), .. Big(480)])]),
        .. Box("mdat", [1, 2, 3]),
    ];

    private static byte[] Box(string name, byte[] data) =>
        [.. Big(data.Length + 8), .. Encoding.ASCII.GetBytes(name), .. data];

    private static byte[] Big(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Little(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
