using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Souk.Contracts.Orders;
using Souk.Platform;
using Souk.Platform.Events;
using Souk.Platform.Events.Kafka;

namespace Souk.UnitTests.Platform.Events;

public sealed class KafkaMessageTests
{
    private static readonly Subscription Delivered = new SubscriptionOf<PartDelivered, object>();
    private static readonly Guid Key = Guid.CreateVersion7();

    [Fact]
    public void What_is_sent_is_what_is_read()
    {
        var sent = Event();

        var message = KafkaMessage.Of(sent);
        var read = KafkaMessage.Read(message, Delivered)!;

        Assert.Equal("PartDelivered", KafkaMessage.TypeOf(message));
        Assert.Equal(
            (sent.Id, sent.Key, sent.Pos, sent.Trace, sent.Payload),
            (read.Id, read.Key, read.Pos, read.Trace, read.Payload));
        Assert.IsType<PartDelivered>(read.Read(out _));
    }

    [Fact]
    public void A_message_is_text_that_any_tool_shows()
    {
        var message = KafkaMessage.Of(Event());

        Assert.Equal(Key.ToString(), Encoding.UTF8.GetString(message.Key));
        Assert.Equal("7", Encoding.UTF8.GetString(message.Headers.GetLastBytes("position")));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("position")]
    public void What_lacks_a_header_is_no_event(string header)
    {
        var message = KafkaMessage.Of(Event());
        message.Headers.Remove(header);
        Assert.Null(KafkaMessage.Read(message, Delivered));
    }

    [Fact]
    public void What_has_no_key_is_no_event()
    {
        var message = KafkaMessage.Of(Event());
        message.Key = null!;
        Assert.Null(KafkaMessage.Read(message, Delivered));
    }

    [Theory]
    [InlineData("{broken")]
    [InlineData("")]
    [InlineData("\"text\"")]
    [InlineData(null)]
    public void What_cannot_be_read_comes_with_its_reason_and_as_json_so_that_it_can_be_parked(string? payload)
    {
        var message = KafkaMessage.Of(Event());
        message.Value = payload is null ? null! : Encoding.UTF8.GetBytes(payload);

        var read = KafkaMessage.Read(message, Delivered)!;

        Assert.Null(read.Read(out var reason));
        Assert.NotNull(reason);
        using var json = JsonDocument.Parse(read.Payload);
        Assert.Contains(json.RootElement.ValueKind, (JsonValueKind[])[JsonValueKind.String, JsonValueKind.Null]);
    }

    private static AppendedEvent Event()
    {
        var e = new PartDelivered(Key, Key, Key, [new LineQuantity(Key, Key, 1)]);
        return new AppendedEvent(
            7, Guid.CreateVersion7(), nameof(PartDelivered), Key,
            JsonSerializer.SerializeToUtf8Bytes(e, e.GetType(), Json.Events),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    }
}
