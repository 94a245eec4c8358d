using Souk.Platform.Security;

namespace Souk.UnitTests.Platform.Security;

public sealed class GuestTokensTests
{
    private readonly GuestTokens tokens = new(TestIdentity.Secrets());

    [Fact]
    public void A_token_names_its_cart_or_opens_its_order_and_nothing_else()
    {
        var id = Guid.CreateVersion7();

        Assert.Equal(id, tokens.ReadCart(tokens.Cart(id)));
        Assert.Equal(id, tokens.ReadOrder(tokens.Order(id)));
        Assert.Null(tokens.ReadCart(tokens.Order(id)));
        Assert.Null(tokens.ReadOrder(tokens.Cart(id)));
        Assert.Null(new GuestTokens(TestIdentity.Secrets("another secret of thirty-two characters")).ReadCart(tokens.Cart(id)));
    }

    [Fact]
    public void A_token_in_which_any_character_was_changed_is_refused()
    {
        var token = tokens.Cart(Guid.CreateVersion7());

        for (var i = 0; i < token.Length; i++)
        {
            var other = token[i] == 'A' ? 'Q' : 'A';
            Assert.Null(tokens.ReadCart(token[..i] + other + token[(i + 1)..]));
        }
        foreach (var bad in new[] { null, "", " ", token[1..], token + "A", $" {token[1..]}", new string('=', token.Length), new string('é', token.Length) })
            Assert.Null(tokens.ReadCart(bad));
    }

    [Fact]
    public void New_carts_have_ids_and_tokens_of_their_own()
    {
        var carts = Enumerable.Range(0, 1000).Select(_ => tokens.NewCart()).ToArray();

        Assert.Equal(1000, carts.Select(cart => cart.Token).Distinct().Count());
        Assert.All(carts, cart => Assert.Equal(cart.Id, tokens.ReadCart(cart.Token)));
    }
}
