using Souk.Carts;
using Souk.Carts.Jobs;
using Souk.Platform.Db;

namespace Souk.IntegrationTests.Carts;

[Trait("Shape", "one")]
public class RemoveOldCartsTests(SoukServer souk)
{
    [Fact]
    public async Task Carts_that_nobody_touched_for_a_month_go_and_others_stay()
    {
        var (old, touched, frozen) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        const string Insert = """
            insert into carts.carts (id, status, order_id, created_at, updated_at)
            values ($1, $2, case when $2 = 'frozen' then $1 end, now() - interval '90 days', now() - $3 * interval '1 day')
            """;
        await souk.Execute(Insert, old, "open", 31);
        await souk.Execute(Insert, touched, "open", 29);
        await souk.Execute(Insert, frozen, "frozen", 31);
        await souk.Execute(
            "insert into carts.redemptions (order_id, promotion_id, customer, created_at) values ($1, $1, '', now() - interval '61 days'), ($2, $2, '', now())",
            old, touched);

        await souk.Services.GetRequiredService<IServiceScopeFactory>().InTransaction<CartsDb>(
            (_, scope) => scope.GetRequiredService<RemoveOldCarts>().Run(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);

        Assert.Equal(
            new[] { touched, frozen }.Order(),
            (await souk.Query("select id from carts.carts where id = any($1)", row => row.GetGuid(0), new[] { old, touched, frozen })).Order());
        Assert.Equal([touched], await souk.Query("select order_id from carts.redemptions where order_id = any($1)", row => row.GetGuid(0), new[] { old, touched }));
    }
}
