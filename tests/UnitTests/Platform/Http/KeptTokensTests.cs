using System.Text;
using Souk.Platform.Http;
using Souk.Platform.Security;
using Souk.UnitTests.Platform.Security;

namespace Souk.UnitTests.Platform.Http;

/// <summary>An answer that is kept opens no order, and is given again byte for byte.</summary>
public sealed class KeptTokensTests
{
    private readonly GuestTokens tokens = new(TestIdentity.Secrets());

    [Fact]
    public void A_kept_answer_opens_nothing_and_is_given_again_byte_for_byte()
    {
        var (one, other) = (tokens.Order(Guid.CreateVersion7()), tokens.Order(Guid.CreateVersion7()));
        var answer = Encoding.UTF8.GetBytes($$"""{"data":[{"id":1,"order_token":"{{one}}"},{"order_token":"{{other}}"}]}""");

        var kept = KeptTokens.Unsigned(answer);

        Assert.Equal(answer.Length, kept.Length);
        var text = Encoding.UTF8.GetString(kept);
        Assert.DoesNotContain(one, text, StringComparison.Ordinal);
        Assert.DoesNotContain(other, text, StringComparison.Ordinal);
        Assert.Null(tokens.ReadOrder(text.Split('"').First(part => part.Length == one.Length)));
        Assert.Equal(answer, KeptTokens.Signed(kept, tokens).ToArray());
        Assert.Equal(answer, KeptTokens.Signed(answer, tokens).ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"order_token":null}""")]
    [InlineData("""{"order_token":"short"}""")]
    [InlineData("""{"note":"\"order_token\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""}""")]
    public void Other_answers_stay_what_they_are(string answer)
    {
        var bytes = Encoding.UTF8.GetBytes(answer);

        Assert.Equal(bytes, KeptTokens.Unsigned(bytes));
        Assert.Equal(bytes, KeptTokens.Signed(bytes, tokens).ToArray());
    }
}
