using System.Buffers.Binary;
using Souk.Platform.Http;

namespace Souk.Catalog.Domain;

/// <summary>
/// A picture as it is kept. What the client says of it is not believed: its kind, its sides and where it ends are read from its
/// bytes, and what is no part of the picture is left out, such as the place a photo was taken at or a program hidden behind it.
/// Nothing is encoded anew: no library for that is at hand.
/// </summary>
internal sealed record Picture(string ContentType, int Width, int Height, byte[] Bytes)
{
    public const int SizeMax = 5 * 1024 * 1024;
    public const int SideMax = 10_000;
    public const long PixelsMax = 50_000_000;

    /// <summary>Reads a picture.</summary>
    /// <exception cref="RuleException">415 <c>not_a_picture</c>, 422 <c>image_too_big</c> or <c>picture_metadata</c>.</exception>
    public static Picture Of(byte[] bytes)
    {
        // SVG is none: it may carry scripts.
        var picture = Read(bytes)
            ?? throw new RuleException(415, "not_a_picture", "Send a whole PNG, JPEG, GIF, WebP or AVIF as the body.");
        if (picture.Width > SideMax || picture.Height > SideMax || (long)picture.Width * picture.Height > PixelsMax)
            throw new RuleException(422, "image_too_big",
                $"A picture has at most {SideMax} pixels on a side and {PixelsMax} in all. Make it smaller.");
        return picture;
    }

    private static Picture? Read(byte[] bytes)
    {
        try
        {
            var picture =
                bytes.AsSpan().StartsWith(Png.Signature) ? Png.Read(bytes)
                : bytes.AsSpan().StartsWith(Jpeg.Signature) ? Jpeg.Read(bytes)
                : bytes.AsSpan().StartsWith("GIF87a"u8) || bytes.AsSpan().StartsWith("GIF89a"u8) ? Gif.Read(bytes)
                : bytes.AsSpan().StartsWith("RIFF"u8) ? WebP.Read(bytes)
                : Avif.Read(bytes);
            return picture is { Width: > 0, Height: > 0 } ? picture : null;
        }
        catch (ArgumentOutOfRangeException)
        {
            // It ends in the middle, or says that a part of it is longer than it is.
            return null;
        }
    }
}

/// <summary>A walk over bytes that copies what is to be kept. Beyond the end it throws <see cref="ArgumentOutOfRangeException" />.</summary>
internal ref struct PictureBytes(ReadOnlySpan<byte> all)
{
    private readonly ReadOnlySpan<byte> all = all;

    public int At { get; private set; }

    public MemoryStream Kept { get; } = new(all.Length);

    public readonly bool IsAtEnd => At >= all.Length;

    public readonly ReadOnlySpan<byte> Peek(int length, int from = 0) => all.Slice(At + from, length);

    public readonly uint Big32(int from = 0) => BinaryPrimitives.ReadUInt32BigEndian(Peek(4, from));

    public readonly ushort Big16(int from = 0) => BinaryPrimitives.ReadUInt16BigEndian(Peek(2, from));

    public readonly uint Little32(int from = 0) => BinaryPrimitives.ReadUInt32LittleEndian(Peek(4, from));

    public readonly ushort Little16(int from = 0) => BinaryPrimitives.ReadUInt16LittleEndian(Peek(2, from));

    public void Keep(int length)
    {
        Kept.Write(Peek(length));
        At += length;
    }

    public void Skip(int length)
    {
        _ = Peek(length);
        At += length;
    }
}
