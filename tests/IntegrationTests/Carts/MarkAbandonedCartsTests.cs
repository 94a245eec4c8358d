using System.Text.RegularExpressions;
using Souk.Carts;
using Souk.Carts.Jobs;
using Souk.Platform.Db;

namespace Souk.IntegrationTests.Carts;

[Trait("Shape", "one")]
public partial class MarkAbandonedCartsTests(SoukServer souk)
{
    [Fact]
    public async Task Whoever_left_a_cart_alone_for_four_hours_gets_a_mail_about_it()
    {
        var (_, lamp) = await souk.Sells(await souk.Seller(), 2999);
        var left = await souk.Buyer();
        await left.Puts((lamp, 2));

        await Pass("3 hours 59 minutes");
        Assert.True(await souk.Value<bool>(
            "select abandoned_at is null from carts.carts where account_id = $1", left.AccountId));
        await Pass("1 minute");
        await Pass("1 hour");
        // Mails that wait together go out in any order.
        await Eventually(async () => Assert.Equal(["59.98 EUR"], await Reminders()));
        // They shop on and leave again: each time they are reminded once.
        await left.Puts((lamp, 3));
        await Pass("4 hours");
        await Pass("1 hour");

        await Eventually(async () => Assert.Contains("149.95 EUR", await Reminders()));
        Assert.Equal(["59.98 EUR", "149.95 EUR"], await Reminders());

        // Time goes by for this cart alone, by the clock of the database, and the job looks.
        async Task Pass(string time)
        {
            await souk.Execute(
                """
                update carts.carts
                   set updated_at = updated_at - $2::interval, abandoned_at = abandoned_at - $2::interval
                 where account_id = $1
                """,
                left.AccountId, time);
            await Run();
        }

        async Task<string[]> Reminders() =>
        [
            .. (await left.Ask("GET", $"/mailbox.json?to={left.Email}")).Must(200).GetProperty("data").EnumerateArray()
                .Where(mail => mail.Text("subject") == "Your cart is still there")
                .Select(mail => Amount().Match(mail.Text("text")).Value).Reverse(),
        ];
    }

    [Fact]
    public async Task A_filled_cart_that_was_left_alone_is_said_once_and_again_after_a_change()
    {
        var (left, fresh, empty, frozen) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        const string Insert = """
            insert into carts.carts (id, account_id, status, order_id, currency, offer_ids, quantities, prices, created_at, updated_at)
            select $1, $1, $2, case when $2 = 'frozen' then $1 end, 'EUR', o, q, p, now() - interval '2 days',
                   now() - $3 * interval '1 hour'
              from (values (case $4 when 0 then '{}'::uuid[] else array[$1]::uuid[] end, case $4 when 0 then '{}'::int[] else array[3]::int[] end,
                            case $4 when 0 then '{}'::bigint[] else array[1999]::bigint[] end)) as l (o, q, p)
            """;
        await souk.Execute(Insert, left, "open", 5, 1);
        await souk.Execute(Insert, fresh, "open", 3, 1);
        await souk.Execute(Insert, empty, "open", 5, 0);
        await souk.Execute(Insert, frozen, "frozen", 5, 1);

        await Run();
        await Run();
        Assert.Equal([left], await Said());
        Assert.Equal(3 * 1999, await souk.Value<long>(
            "select (payload ->> 'items_minor')::bigint from carts.log where type = 'CartAbandoned' and key = $1", left));

        await souk.Execute(
            """
            update carts.carts set updated_at = now() - interval '4 hours 1 minute', abandoned_at = now() - interval '5 hours' where id = $1
            """,
            left);
        await Run();
        Assert.Equal([left, left], await Said());

        Task<List<Guid>> Said() => Eventually(async () =>
        {
            Assert.Equal(0, await souk.Value<long>("select count(*) from carts.outbox where type = 'CartAbandoned'"));
            return await souk.Query(
                "select key from carts.log where type = 'CartAbandoned' and key = any($1)", row => row.GetGuid(0),
                new[] { left, fresh, empty, frozen });
        });
    }

    private Task Run() => souk.Services.GetRequiredService<IServiceScopeFactory>().InTransaction<CartsDb>(
        (_, scope) => scope.GetRequiredService<MarkAbandonedCarts>().Run(TestContext.Current.CancellationToken),
        TestContext.Current.CancellationToken);

    [GeneratedRegex("[0-9.]+ EUR")]
    private static partial Regex Amount();
}
