using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Souk.Platform.Http;

/// <summary>
/// Takes the body of an answer while its transaction is still open: nothing is sent before the commit. The bytes are
/// rented; the one who made the buffer gives them back.
/// </summary>
internal sealed class AnswerBuffer : PipeWriter, IHttpResponseBodyFeature, IDisposable
{
    private const int SizeMin = 1024;
    private byte[] bytes = [];
    private int length;
    private int flushed;
    private Stream? stream;

    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, length);

    public Stream Stream => stream ??= AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public override bool CanGetUnflushedBytes => true;

    // A serializer writes on only when a flush has made this smaller: it would flush for ever.
    public override long UnflushedBytes => length - flushed;

    public void Clear() => (length, flushed) = (0, 0);

    public override void Advance(int bytes) => length += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return bytes.AsMemory(length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return bytes.AsSpan(length);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        flushed = length;
        return default;
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task CompleteAsync() => Task.CompletedTask;

    public async Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        await using var file = File.OpenRead(path);
        file.Seek(offset, SeekOrigin.Begin);
        var left = count ?? file.Length - offset;
        while (left > 0)
        {
            var read = await file.ReadAsync(GetMemory()[..(int)Math.Min(left, SizeMin)], cancellationToken);
            if (read == 0)
                return;
            Advance(read);
            left -= read;
        }
    }

    public void Dispose()
    {
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
        (bytes, length, flushed) = ([], 0, 0);
    }

    private void Reserve(int more)
    {
        more = Math.Max(more, 1);
        if (bytes.Length - length >= more)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(SizeMin, length + more), length * 2));
        bytes.AsSpan(0, length).CopyTo(larger);
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }
}
