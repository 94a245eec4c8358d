using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Souk.IntegrationTests.Host;

/// <summary>Takes OTLP over gRPC and keeps the bytes as they come.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    // Compressed or not, one byte, and how long the message is, four.
    private const int GrpcPrefix = 5;

    private readonly ConcurrentQueue<(string Signal, byte[] Message)> got = new();
    private readonly WebApplication app;

    private OtlpCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{SoukServer.FreePort()}");
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));
        app = builder.Build();
        // POST /opentelemetry.proto.collector.trace.v1.TraceService/Export
        app.MapPost("/{service}/Export", Take);
    }

    public string Url => app.Urls.First();

    public static async Task<OtlpCollector> Start()
    {
        var collector = new OtlpCollector();
        await collector.app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    /// <summary>All of a signal, as far as it is text.</summary>
    public string Text(string signal) =>
        string.Concat(Messages(signal).Select(message => Encoding.Latin1.GetString(message.Span)));

    /// <summary>The spans of a trace.</summary>
    public List<CollectedSpan> Spans(ActivityTraceId trace) =>
    [
        .. Messages("trace").SelectMany(request => Fields(request, 1)).SelectMany(resource => Fields(resource, 2))
            .SelectMany(scope => Fields(scope, 2)).Select(Span).Where(span => span.Trace == trace),
    ];

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task Take(string service, HttpContext http)
    {
        using var bytes = new MemoryStream();
        await http.Request.Body.CopyToAsync(bytes, http.RequestAborted);
        got.Enqueue((service.Split('.')[3], bytes.ToArray()));
        http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(new byte[GrpcPrefix], http.RequestAborted);
        http.Response.AppendTrailer("grpc-status", "0");
    }

    private IEnumerable<ReadOnlyMemory<byte>> Messages(string signal) =>
        got.Where(one => one.Signal == signal).Select(one => (ReadOnlyMemory<byte>)one.Message.AsMemory(GrpcPrefix));

    private static CollectedSpan Span(ReadOnlyMemory<byte> span) => new(
        ActivityTraceId.CreateFromBytes(Fields(span, 1)[0].Span),
        ActivitySpanId.CreateFromBytes(Fields(span, 2)[0].Span),
        Fields(span, 4) is [var parent] ? ActivitySpanId.CreateFromBytes(parent.Span) : default,
        Encoding.UTF8.GetString(Fields(span, 5)[0].Span));

    // The messages, texts and bytes that a protobuf message has under a number.
    private static List<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int number)
    {
        var (found, at) = (new List<ReadOnlyMemory<byte>>(), 0);
        while (at < message.Length)
        {
            var tag = Varint(message.Span, ref at);
            switch (tag & 7)
            {
                case 0:
                    Varint(message.Span, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    if ((int)(tag >> 3) == number)
                        found.Add(message.Slice(at, length));
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new FormatException($"Protobuf has no wire type {tag & 7} here.");
            }
        }
        return found;
    }

    private static ulong Varint(ReadOnlySpan<byte> message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}

/// <summary>A span as the collector got it.</summary>
internal sealed record CollectedSpan(ActivityTraceId Trace, ActivitySpanId Id, ActivitySpanId Parent, string Name);
