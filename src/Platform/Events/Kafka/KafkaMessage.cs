using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace Souk.Platform.Events.Kafka;

/// <summary>
/// An event as a message: the key is its aggregate's id, the value its JSON, the rest stands in headers, all of it as text
/// that any tool shows.
/// </summary>
internal static class KafkaMessage
{
    private const string Id = "id";
    private const string Type = "type";
    private const string Position = "position";
    private const string Trace = "trace";

    public static Message<byte[], byte[]> Of(AppendedEvent e)
    {
        var headers = new Headers
        {
            { Id, Text(e.Id.ToString()) },
            { Type, Text(e.Type) },
            { Position, Text(e.Pos.ToString(CultureInfo.InvariantCulture)) },
        };
        if (e.Trace is not null)
            headers.Add(Trace, Text(e.Trace));
        return new Message<byte[], byte[]> { Key = Text(e.Key.ToString()), Value = e.Payload, Headers = headers };
    }

    public static string? TypeOf(Message<byte[], byte[]> message) =>
        message.Headers.TryGetLastBytes(Type, out var type) ? Encoding.UTF8.GetString(type) : null;

    /// <summary>The event, on its way to a handler; null when it has no id, key or position, and so is none of ours.</summary>
    public static Delivered? Read(Message<byte[], byte[]> message, Subscription subscription)
    {
        if (!message.Headers.TryGetLastBytes(Id, out var idText) || !Utf8Parser.TryParse(idText, out Guid id, out _)
            || !message.Headers.TryGetLastBytes(Position, out var posText)
            || !Utf8Parser.TryParse(posText, out long pos, out _)
            || !Utf8Parser.TryParse(message.Key ?? [], out Guid key, out _))
            return null;
        var trace = message.Headers.TryGetLastBytes(Trace, out var text) ? Encoding.UTF8.GetString(text) : null;
        var e = new Delivered(subscription, pos, id, key, message.Value ?? "null"u8.ToArray(), trace);
        // What cannot be read is parked, and rows of parked events hold JSON.
        return e.Read(out _) is not null || IsJson(e.Payload)
            ? e
            : e with { Payload = JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(e.Payload)) };
    }

    private static bool IsJson(byte[] payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
