using Microsoft.Extensions.Options;
using Souk.Payments.Domain;
using Souk.Platform.Jobs;

namespace Souk.Payments.Jobs;

/// <summary>
/// Asks for the payouts that sellers' schedules say, of everything that is due; what is below the minimum waits for the next
/// time. At most 100 sellers in a run; nobody has a payout without an account to send it to.
/// </summary>
internal sealed class RequestPayouts(PaymentsDb db, IOptions<PaymentsOptions> options, TimeProvider clock) : IJob
{
    private const int SellersMax = 100;

    public async Task Run(CancellationToken ct)
    {
        var due = await db.Query("""
            select company_id, holder, iban, bic, schedule,
                   array(select distinct e.currency from earnings e
                          where e.company_id = a.company_id and e.open and e.releases_at <= now()
                            and not exists (select 1 from payouts p where p.company_id = e.company_id
                                and p.currency = e.currency
                                                                      and p.status in ('requested', 'approved')))
              from payout_accounts a where next_at <= now() order by next_at limit $1 for update skip locked
            """,
            row => (
                Account: new PayoutAccount
                {
                    CompanyId = row.GetGuid(0), Holder = row.GetString(1), Iban = row.GetString(2),
                    Bic = row.IsDBNull(3) ? null : row.GetString(3),
                },
                Schedule: Words.Read<PayoutSchedule>(row.GetString(4)), Currencies: row.GetFieldValue<string[]>(5)),
            ct, SellersMax);
        var now = clock.GetUtcNow();
        foreach (var (account, schedule, currencies) in due)
        {
            foreach (var currency in currencies)
            {
                var items = await db.LockDue(account.CompanyId, currency, ct);
                if (Payout.Of(account, currency, items, now) is { } payout
                    && payout.AmountMinor >= options.Value.PayoutMinimumMinor(currency))
                    db.Take(payout, items);
            }
            account.PayOut(schedule, now);
            db.Run("update payout_accounts set next_at = $2 where company_id = $1", account.CompanyId,
                account.NextAt!.Value);
        }
    }
}
