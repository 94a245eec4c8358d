using System.Buffers.Binary;
using System.Text;
using Souk.Platform.Http;

namespace Souk.Catalog.Domain;

/// <summary>Chunks of length, name, data and checksum; the picture ends with the chunk IEND.</summary>
internal static class Png
{
    // The picture, its colours, its animation. What is not here says something about it: who made it, where and when.
    private static readonly HashSet<string> Parts =
        ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "bKGD", "pHYs", "acTL",
            "fcTL", "fdAT"];

    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public static Picture? Read(byte[] bytes)
    {
        var walk = new PictureBytes(bytes);
        walk.Keep(Signature.Length);
        if (Encoding.ASCII.GetString(walk.Peek(4, 4)) != "IHDR")
            return null;
        var (width, height, hasData) =
            ((int)(walk.Big32(8) & int.MaxValue), (int)(walk.Big32(12) & int.MaxValue), false);
        while (!walk.IsAtEnd)
        {
            var (length, name) = (walk.Big32(), Encoding.ASCII.GetString(walk.Peek(4, 4)));
            if (length > Picture.SizeMax)
                return null;
            hasData |= name == "IDAT";
            if (Parts.Contains(name))
                walk.Keep((int)length + 12);
            else
                walk.Skip((int)length + 12);
            if (name == "IEND")
                return hasData ? new Picture("image/png", width, height, walk.Kept.ToArray()) : null;
        }
        return null;
    }
}

/// <summary>Segments behind markers; between SOS and EOI the picture itself.</summary>
internal static class Jpeg
{
    private const byte StartOfScan = 0xDA;
    private const byte End = 0xD9;

    public static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    public static Picture? Read(byte[] bytes)
    {
        var walk = new PictureBytes(bytes);
        walk.Keep(2);
        var (width, height, hasScan) = (0, 0, false);
        while (walk.Peek(1)[0] == 0xFF)
        {
            var marker = walk.Peek(1, 1)[0];
            // Any number of FF may stand in front of a marker.
            if (marker == 0xFF)
            {
                walk.Skip(1);
                continue;
            }
            if (marker == End)
            {
                walk.Keep(2);
                return hasScan ? new Picture("image/jpeg", width, height, walk.Kept.ToArray()) : null;
            }
            var length = walk.Big16(2) + 2;
            // Frames: SOF0 to SOF15, but for the three that are tables.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                (height, width) = (walk.Big16(5), walk.Big16(7));
            if (marker == 0xE1 && Orientation(walk.Peek(length)) is { } turned)
                walk.Kept.Write(Turned(turned));
            // Of what programs add the density, the colours and their coding are kept; comments and all else are not.
            if (marker is 0xFE or (>= 0xE0 and <= 0xEF and not (0xE0 or 0xE2 or 0xEE)))
                walk.Skip(length);
            else
                walk.Keep(length);
            if (marker == StartOfScan)
            {
                hasScan = true;
                SkipScan(ref walk);
            }
        }
        return null;
    }

    // In a scan FF is followed by 00, or by a restart; any other marker is behind it.
    private static void SkipScan(ref PictureBytes walk)
    {
        while (true)
        {
            var rest = walk.Peek(2);
            if (rest[0] == 0xFF && rest[1] is not (0x00 or (>= 0xD0 and <= 0xD7) or 0xFF))
                return;
            walk.Keep(1);
        }
    }

    // A camera says how it was held; without it the picture would lie on its side.
    private static byte? Orientation(ReadOnlySpan<byte> exif)
    {
        if (exif.Length < 24 || !exif[4..].StartsWith("Exif\0\0"u8))
            return null;
        var tiff = exif[10..];
        var isLittle = tiff[0] == (byte)'I';
        var directory = (int)Math.Min(U32(tiff[4..]), ushort.MaxValue);
        for (var (entry, left) = (directory + 2, directory + 2 <= tiff.Length ? U16(tiff[directory..]) : 0);
             left > 0 && entry + 12 <= tiff.Length; entry += 12, left--)
            if (U16(tiff[entry..]) == 0x0112 && U16(tiff[(entry + 8)..]) is >= 2 and <= 8 and var turned)
                return (byte)turned;
        return null;

        ushort U16(ReadOnlySpan<byte> at) => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(at)
            : BinaryPrimitives.ReadUInt16BigEndian(at);
        uint U32(ReadOnlySpan<byte> at) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(at)
            : BinaryPrimitives.ReadUInt32BigEndian(at);
    }

    // The same with nothing else in it: a directory of one entry.
    private static byte[] Turned(byte orientation) =>
    [
        0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*\0\0\0\x08"u8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0,
        0, 0, 0,
    ];
}

/// <summary>A screen, then blocks; those that are no part of the picture are comments and what programs add.</summary>
internal static class Gif
{
    public static Picture? Read(byte[] bytes)
    {
        var walk = new PictureBytes(bytes);
        var (width, height, hasImage) = (walk.Little16(6), walk.Little16(8), false);
        walk.Keep(13 + Colors(walk.Peek(1, 10)[0]));
        while (!walk.IsAtEnd)
            switch (walk.Peek(1)[0])
            {
                case 0x3B:
                    walk.Keep(1);
                    return hasImage ? new Picture("image/gif", width, height, walk.Kept.ToArray()) : null;
                case 0x2C:
                    hasImage = true;
                    walk.Keep(10 + Colors(walk.Peek(1, 9)[0]) + 1);
                    Blocks(ref walk, keep: true);
                    break;
                case 0x21:
                    // How it moves, and how often.
                    var isKept = walk.Peek(1, 1)[0] == 0xF9
                        || (walk.Peek(1, 1)[0] == 0xFF && walk.Peek(11, 3).SequenceEqual("NETSCAPE2.0"u8));
                    if (isKept)
                        walk.Keep(2);
                    else
                        walk.Skip(2);
                    Blocks(ref walk, isKept);
                    break;
                default:
                    return null;
            }
        return null;
    }

    private static int Colors(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static void Blocks(ref PictureBytes walk, bool keep)
    {
        for (var length = -1; length != 0;)
        {
            length = walk.Peek(1)[0];
            if (keep)
                walk.Keep(length + 1);
            else
                walk.Skip(length + 1);
        }
    }
}

/// <summary>A RIFF file of chunks.</summary>
internal static class WebP
{
    private static readonly HashSet<string> Parts = ["VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP"];

    public static Picture? Read(byte[] bytes)
    {
        var walk = new PictureBytes(bytes);
        if (!walk.Peek(4, 8).SequenceEqual("WEBP"u8))
            return null;
        var end = walk.Little32(4) + 8L;
        walk.Keep(12);
        var (width, height, hasData) = (0, 0, false);
        while (walk.At < end)
        {
            var (name, length) = (Encoding.ASCII.GetString(walk.Peek(4)), walk.Little32(4));
            if (length > Picture.SizeMax)
                return null;
            hasData |= name is "VP8 " or "VP8L" or "ANMF";
            if (width == 0)
                (width, height) = Sides(walk, name);
            // Chunks begin at even places.
            if (Parts.Contains(name))
                walk.Keep((int)(length + 8 + (length & 1)));
            else
                walk.Skip((int)(length + 8 + (length & 1)));
        }
        var kept = walk.Kept.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(kept.AsSpan(4), (uint)(kept.Length - 8));
        // It no longer has what its flags announce: Exif and XMP.
        if (kept.Length > 20 && kept.AsSpan(12, 4).SequenceEqual("VP8X"u8))
            kept[20] &= 0xF3;
        return hasData ? new Picture("image/webp", width, height, kept) : null;
    }

    private static (int, int) Sides(PictureBytes walk, string name) => name switch
    {
        "VP8X" => ((int)(walk.Little32(12) & 0xFFFFFF) + 1, (int)(walk.Little32(14) >> 8) + 1),
        "VP8L" => ((int)(walk.Little32(9) & 0x3FFF) + 1, (int)((walk.Little32(9) >> 14) & 0x3FFF) + 1),
        "VP8 " => (walk.Little16(14) & 0x3FFF, walk.Little16(16) & 0x3FFF),
        _ => (0, 0),
    };
}

/// <summary>
/// Boxes. Where its data are stands in tables that point into the file, so nothing is cut out: one that carries a camera's data
/// is refused.
/// </summary>
internal static class Avif
{
    public static Picture? Read(byte[] bytes)
    {
        var walk = new PictureBytes(bytes);
        if (bytes.Length < 12 || !walk.Peek(4, 4).SequenceEqual("ftyp"u8)
            || !(walk.Peek(4, 8).SequenceEqual("avif"u8) || walk.Peek(4, 8).SequenceEqual("avis"u8)))
            return null;
        var (width, height) = (0, 0);
        while (!walk.IsAtEnd)
        {
            var (length, name) = (walk.Big32(), Encoding.ASCII.GetString(walk.Peek(4, 4)));
            if (length is < 8 or > Picture.SizeMax
                || name is not ("ftyp" or "meta" or "mdat" or "moov" or "free" or "skip"))
                return null;
            var box = walk.Peek((int)length);
            if (name == "meta" && (box.IndexOf("Exif"u8) >= 0 || box.IndexOf("mime"u8) >= 0))
                throw new RuleException(422, "picture_metadata",
                    "The picture carries a camera's data. Save it without.");
            // Its sides, and those of its parts; the largest is the whole.
            for (var at = box.IndexOf("ispe"u8); name == "meta" && at >= 0 && at + 16 <= box.Length;)
            {
                width = Math.Max(width,
                    (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(box[(at + 8)..]), int.MaxValue));
                height = Math.Max(height,
                    (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(box[(at + 12)..]), int.MaxValue));
                var next = box[(at + 4)..].IndexOf("ispe"u8);
                at = next < 0 ? -1 : at + 4 + next;
            }
            walk.Keep((int)length);
        }
        return new Picture("image/avif", width, height, walk.Kept.ToArray());
    }
}
