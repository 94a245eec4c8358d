using System.Text.Json;
using Souk.IntegrationTests.Carts;

namespace Souk.IntegrationTests.Drafts;

/// <summary>What the routes of the drafts are tried on: people and things that their stories share.</summary>
[Trait("Shape", "both")]
public sealed class DraftMarket(SoukServer souk)
{
    /// <summary>Of the lamp that everybody buys, in minor and in major units.</summary>
    public const long PriceMinor = 2000;

    /// <inheritdoc cref="PriceMinor" />
    public const decimal Price = 20.00m;

    public const string Password = "three cups of mint tea";

    private readonly SemaphoreSlim turn = new(1);
    private Person? seller;
    private Person? buyer;
    private (Guid Product, Guid Offer)? lamp;

    internal SoukServer Souk => souk;

    internal Task<Person> Staff() => souk.Staff();

    internal async Task<Person> Seller() => await Once(async () => seller ??= await souk.Seller());

    internal async Task<Person> Buyer() => await Once(async () => buyer ??= await souk.Buyer());

    /// <summary>A lamp that every cart knows, with more of it than the stories buy.</summary>
    internal async Task<(Guid Product, Guid Offer)> Lamp()
    {
        var from = await Seller();
        return await Once(async () => lamp ??= await souk.Sells(from, PriceMinor, stock: 1000));
    }

    /// <summary>A product that only its own story changes: as a draft says it.</summary>
    internal async Task<Guid> Product(string name, int stock = 3)
    {
        var from = await Seller();
        var made = await Eventually(async () =>
        {
            var asked = await from.Ask("POST", "/product", new
            {
                name, description = "Of oak.", price = Price, company_id = from.CompanyId, stock,
            });
            return asked.Status == 201 ? asked : null;
        });
        return made.Json.Id();
    }

    /// <summary>Buys a lamp as a draft says it, and waits until it is confirmed or waits for its money.</summary>
    internal async Task<Guid> Order(
        string paymentMethod = "card", string? token = "tok_success", string status = "confirmed")
    {
        var (product, _) = await Lamp();
        var customer = await Buyer();
        var bought = await customer.Ask("POST", "/order", new
        {
            items = new[] { new { product_id = product, quantity = 1 } },
            payment_method = paymentMethod,
            token,
            amount = Price,
            contact = Shop.Contact(),
        }, Shop.NewKey());
        Assert.True(bought.Status is 201 or 202, bought.Text);
        await Stands(bought.Json.Id(), status);
        return bought.Json.Id();
    }

    internal async Task<JsonElement> Stands(Guid order, string status)
    {
        var customer = await Buyer();
        JsonElement shown = default;
        await Eventually(async () =>
        {
            shown = (await customer.Ask("GET", $"/order/{order}")).Must(200);
            Assert.Equal(status, shown.Text("status"));
        });
        return shown;
    }

    /// <summary>The payment of an order.</summary>
    internal async Task<Guid> Payment(Guid order)
    {
        var customer = await Buyer();
        JsonElement payments = default;
        await Eventually(async () =>
        {
            payments = (await customer.Ask("GET", $"/payments?order_id={order}")).Must(200).GetProperty("data");
            Assert.NotEqual(0, payments.GetArrayLength());
        });
        return payments[0].Id();
    }

    private async Task<T> Once<T>(Func<Task<T>> make)
    {
        await turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return await make();
        }
        finally
        {
            turn.Release();
        }
    }
}
