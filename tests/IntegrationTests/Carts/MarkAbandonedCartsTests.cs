using Souk.Carts;
using Souk.Carts.Jobs;
using Souk.Platform.Db;

namespace Souk.IntegrationTests.Carts;

[Trait("Shape", "one")]
public class MarkAbandonedCartsTests(SoukServer souk)
{
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

        Task Run() => souk.Services.GetRequiredService<IServiceScopeFactory>().InTransaction<CartsDb>(
            (_, scope) => scope.GetRequiredService<MarkAbandonedCarts>().Run(TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken);

        Task<List<Guid>> Said() => Eventually(async () =>
        {
            Assert.Equal(0, await souk.Value<long>("select count(*) from carts.outbox where type = 'CartAbandoned'"));
            return await souk.Query(
                "select key from carts.log where type = 'CartAbandoned' and key = any($1)", row => row.GetGuid(0),
                new[] { left, fresh, empty, frozen });
        });
    }
}
