using System.Globalization;
using System.Text;
using Souk.Platform.Security;

namespace Souk.UnitTests.Platform.Security;

public class WebhookSignaturesTests
{
    // The example of the Standard Webhooks specification.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long At = 1614265330;
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");
    private static readonly string Timestamp = At.ToString(CultureInfo.InvariantCulture);

    [Fact]
    public void The_example_of_the_specification_is_signed_as_there() =>
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Now().Sign(Id, Timestamp, Body));

    [Fact]
    public void One_good_signature_among_several_is_enough()
    {
        var good = Now().Sign(Id, Timestamp, Body);

        Assert.True(Now().Check(Id, Timestamp, good, Body));
        Assert.True(Now().Check(Id, Timestamp, $"v1,AAAA v2,x {good}", Body));
        Assert.False(Now().Check(Id, Timestamp, $"a b c d e {good}", Body));
    }

    [Fact]
    public void What_was_changed_or_is_old_or_of_another_secret_is_refused()
    {
        var good = Now().Sign(Id, Timestamp, Body);

        Assert.False(Now().Check(Id + "x", Timestamp, good, Body));
        Assert.False(Now().Check(Id, "0" + Timestamp, good, Body));
        Assert.False(Now().Check(Id, Timestamp, good, Body.AsSpan(1)));
        Assert.False(Now().Check(Id, Timestamp, "", Body));
        Assert.False(Now().Check("", Timestamp, Now().Sign("", Timestamp, Body), Body));
        Assert.False(Of(Secret, 301).Check(Id, Timestamp, good, Body));
        Assert.False(Of(Secret, -301).Check(Id, Timestamp, good, Body));
        Assert.True(Of(Secret, 299).Check(Id, Timestamp, good, Body));
        Assert.False(Of("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0).Check(Id, Timestamp, good, Body));
        foreach (var timestamp in new[] { "", "soon", "-1", "99999999999999999999", "253402300800" })
            Assert.False(Now().Check(Id, timestamp, Now().Sign(Id, timestamp, Body), Body));
    }

    private static WebhookSignatures Now() => Of(Secret, 0);

    private static WebhookSignatures Of(string secret, int secondsLater) => new(
        secret, new Clock(DateTimeOffset.FromUnixTimeSeconds(At + secondsLater)));

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
