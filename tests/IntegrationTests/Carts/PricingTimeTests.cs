using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Souk.Carts;

namespace Souk.IntegrationTests.Carts;

/// <summary>A clock that is wrong begins and ends no promotion early or late (P21).</summary>
[Trait("Shape", "one")]
public class PricingTimeTests(SoukServer souk)
{
    [Fact]
    public async Task What_is_priced_without_a_cart_goes_by_the_databases_time()
    {
        await using var scope = souk.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CartsDb>();
        var rules = new PriceRules(scope.ServiceProvider.GetRequiredService<IOptions<PricingOptions>>(), new AYearAhead());

        var now = (await db.Query("select now()", row => row.GetFieldValue<DateTimeOffset>(0), CancellationToken.None))[0];

        Assert.InRange(await rules.Time(db, CancellationToken.None), now, now.AddMinutes(5));
    }

    private sealed class AYearAhead : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(365);
    }
}
