using System.Text.RegularExpressions;
using Souk.Contracts.Carts;
using Souk.Notifications.Events;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Notifications;

/// <summary>The reminder of a cart that was left alone.</summary>
public partial class CartMailTests(NotificationsAlone souk)
{
    [Fact]
    public async Task Whose_cart_was_left_alone_is_reminded_and_one_click_ends_that()
    {
        var (buyer, email) = souk.Person();
        await Abandoned(buyer);
        var mail = Assert.Single(await souk.Mails(email, 1));
        Assert.Equal("Your cart is still there", mail.GetProperty("subject").GetString());
        var text = mail.GetProperty("text").GetString()!;
        Assert.Contains("59.98 EUR", text, StringComparison.Ordinal);
        Assert.Contains("/cart", text, StringComparison.Ordinal);
        var told = Assert.Single((await Get(souk.As(buyer), "/notifications")).GetProperty("data").EnumerateArray());
        Assert.Equal("cart", told.GetProperty("kind").GetString());

        using var oneClick = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
        var path = new Uri(Link().Match(text).Value).AbsolutePath;
        Assert.Equal(200, (int)(await souk.Guest().PostAsync(path, oneClick, Ct)).StatusCode);
        await Abandoned(buyer);
        await Eventually(async () => Assert.Equal(["sent", "skipped"], await souk.Query(
            "select status from notifications.mails where account_id = $1 order by status", row => row.GetString(0), buyer)));
        await souk.Mails(email, 1);
    }

    [Fact]
    public async Task Nobody_can_remind_a_guest()
    {
        var minor = Random.Shared.NextInt64(1, 1L << 40);
        await Abandoned(account: null, minor);
        Assert.Empty(await souk.Query(
            "select 1 from notifications.mails where data->>'amount_minor' = $1", _ => 1, $"{minor}"));
    }

    private Task Abandoned(Guid? account, long minor = 5998) => souk.Run(
        (_, queue) => new OnCartAbandoned(queue, souk.App.Configuration).Handle(
            [new CartAbandoned(
                Guid.CreateVersion7(), account, "EUR", minor, [Guid.CreateVersion7()], DateTimeOffset.UnixEpoch)], Ct));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [GeneratedRegex(@"http\S+/unsubscribe/\S+")]
    private static partial Regex Link();
}
