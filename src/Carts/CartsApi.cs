using System.Text.Json;
using Microsoft.Extensions.Options;
using Souk.Carts.Domain;
using Souk.Contracts.Carts;
using Souk.Platform;
using Souk.Platform.Db;

namespace Souk.Carts;

/// <summary>Answers other services of this process about contacts, and what is added to an order costs.</summary>
internal sealed class CartsApi(
    Service<CartsDb> service, CartsDb db, PriceRules rules, IOptions<PricingOptions> options) : ICartsApi
{
    public Task<ContactCard?> Contact(Guid contactId, CancellationToken ct) =>
        Card("select card::text from contacts where id = $1", ct, contactId);

    public Task<ContactCard?> KeptContact(Guid contactId, Guid accountId, CancellationToken ct) =>
        Card("select card::text from contacts where id = $1 and account_id = $2 and kept", ct, contactId, accountId);

    public async Task<PricedAddition?> PriceAddition(WantedAddition wanted, CancellationToken ct)
    {
        if (await Contact(wanted.ContactId, ct) is not { } contact)
            return null;
        var offers = await db.Offers([.. wanted.Lines.Select(line => line.OfferId)], ct);
        var current = await rules.Now(db, ct);
        var basket = new Basket(
            [
                .. wanted.Lines.Select((line, n) => new BasketLine(
                    line.OfferId, line.Quantity, PriceSeenMinor: null, offers[n])),
            ],
            contact,
            [
                .. wanted.Parts.Select(part => new DeliveryChoice(
                    CompanyId: part.CompanyId, MethodId: part.DeliveryMethodId)),
            ],
            Coupons: [], await rules.Time(db, ct), wanted.AccountId)
        {
            Joins = wanted.Parts.ToDictionary(part => part.CompanyId, part => part.ItemsMinor),
        };
        // What depends on use is not asked, so it does not apply: nothing here could take it, or give it back.
        var quote = Pricing.Quote(basket, current, options.Value.Currency);
        return new PricedAddition(
            quote.Currency, quote.PricesIncludeTax, [.. quote.Lines.Select(Checkout.Line)],
            quote.CanBeBought ? Checkout.Parts(quote) : [],
            [
                .. quote.Problems.Where(problem => problem.Blocks).Select(problem => new AdditionProblem(
                    problem.Code, problem.Detail, OfferId: problem.OfferId, CompanyId: problem.CompanyId)),
            ]);
    }

    private async Task<ContactCard?> Card(string sql, CancellationToken ct, params Guid[] args)
    {
        var cards = await service.Query(sql, row => row.IsDBNull(0) ? null : row.GetString(0), ct, [.. args]);
        return cards is [{ } card, ..] ? JsonSerializer.Deserialize<ContactCard>(card, Json.Events) : null;
    }
}
