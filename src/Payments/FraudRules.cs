using Npgsql;
using Souk.Contracts.Orders;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Platform.Db;

namespace Souk.Payments;

/// <summary>
/// The fraud rules, kept in memory as the commission rules are: a change made by this process holds at once, one made by
/// another within two seconds. Without a rule nothing is written, read or judged.
/// </summary>
internal sealed class FraudRules(Service<PaymentsDb> service, TimeProvider clock)
{
    private static readonly TimeSpan KeptMax = TimeSpan.FromSeconds(2);
    private Cached? cached;

    public async ValueTask<IReadOnlyList<FraudRule>> Now(CancellationToken ct)
    {
        if (cached is { } known && clock.GetElapsedTime(known.At) < KeptMax)
            return known.Rules;
        var at = clock.GetTimestamp();
        var rules = await service.Query(
            "select id, name, kind, action, amount_minor, currency, payments_max, within from fraud_rules order by id", Read, ct);
        cached = new Cached(rules, at);
        return rules;
    }

    /// <summary>The rules changed.</summary>
    public void Forget() => cached = null;

    /// <summary>
    /// Keeps what rules may look at of new payments. Where another payment of an order goes is known from the first. Sent with
    /// the commit.
    /// </summary>
    public async Task Keep(
        PaymentsDb db, IReadOnlyList<(Guid OrderId, Guid? AccountId, string? Country, PaymentIntent Payment)> payments,
        CancellationToken ct)
    {
        if (await Now(ct) is [])
            return;
        db.Run("""
            insert into payment_signals (payment_id, account_id, network, country)
            select payment_id, u.account_id, u.network, coalesce(u.country, (
                   select s.country from payments p join payment_signals s on s.payment_id = p.id
                    where p.order_id = u.order_id and s.country is not null limit 1))
              from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[])
                   as u(payment_id, account_id, network, country, order_id)
            on conflict do nothing
            """,
            OrderWrites.Of(payments, p => p.Payment.PaymentId), Pg.Uuids(OrderWrites.Of(payments, p => p.AccountId)),
            Pg.Texts(OrderWrites.Of(payments, p => p.Payment.Network)),
            Pg.Texts(OrderWrites.Of(payments, p => p.Country)),
            OrderWrites.Of(payments, p => p.OrderId));
    }

    /// <summary>Judges the payments that gateways just decided about; those that were declined only count.</summary>
    /// <param name="db">In a write.</param>
    /// <param name="orders">Opened before.</param>
    /// <param name="answers">What the gateways said.</param>
    /// <param name="reviewUntil">How long a person may take.</param>
    /// <param name="ct">Ends the read.</param>
    public async Task<IReadOnlyDictionary<Guid, Suspicion>> Judge(
        PaymentsDb db, IReadOnlyDictionary<Guid, OrderMoney> orders, IEnumerable<Answered> answers,
        DateTimeOffset reviewUntil,
        CancellationToken ct)
    {
        var rules = await Now(ct);
        Answered[] decided = rules is [] ? []
            : [.. answers.Where(a => a.Answer.Outcome is GatewayOutcome.Authorized or GatewayOutcome.Declined)];
        if (decided is [])
            return new Dictionary<Guid, Suspicion>();
        var found = (await Find(db, orders, rules, decided, ct)).ToLookup(hit => hit.PaymentId, hit => hit.RuleId);
        var suspicions = new Dictionary<Guid, Suspicion>();
        foreach (var (operation, answer) in decided.Where(a => a.Answer.Outcome == GatewayOutcome.Authorized))
        {
            var order = orders[operation.OrderId];
            FraudRule[] met = [.. rules.Where(rule => found[operation.PaymentId].Contains(rule.Id)
                || (rule.Kind == FraudRuleKind.Amount && rule.Currency == order.Currency
                    && order.TotalMinor >= rule.AmountMinor))];
            if (met.Length > 0)
                suspicions[operation.PaymentId] = new Suspicion(met, reviewUntil);
        }
        return suspicions;
    }

    // One statement for all payments and rules: each pair looks at one index, and no further than its limit.
    private static Task<List<(Guid PaymentId, Guid RuleId)>> Find(
        PaymentsDb db, IReadOnlyDictionary<Guid, OrderMoney> orders, IReadOnlyList<FraudRule> rules, Answered[] decided,
        CancellationToken ct)
    {
        decided = [.. decided.DistinctBy(a => a.Operation.PaymentId).OrderBy(a => a.Operation.PaymentId)];
        db.Run("""
            insert into payment_signals as s (payment_id, account_id, card, card_country)
            select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
            on conflict (payment_id) do update
               set card = coalesce(excluded.card, s.card), card_country = coalesce(excluded.card_country, s.card_country)
            """,
            OrderWrites.Of(decided, a => a.Operation.PaymentId),
            Pg.Uuids(OrderWrites.Of(decided, a => orders[a.Operation.OrderId].AccountId)),
            Pg.Texts(OrderWrites.Of(decided, a => a.Answer.Card)),
            Pg.Texts(OrderWrites.Of(decided, a => a.Answer.CardCountry)));
        return db.Query("""
            select s.payment_id, r.id
              from payment_signals s, unnest($2::uuid[], $3::text[], $4::int[], $5::interval[])
                   as r(id, kind, most, within)
             where s.payment_id = any($1) and case r.kind
                   when 'account_velocity' then (
                       select count(*) from (select from payment_signals o
                        where o.account_id = s.account_id and o.at > now() - r.within limit r.most + 1) as n) > r.most
                   when 'card_velocity' then (
                       select count(*) from (select from payment_signals o
                        where o.card = s.card and o.at > now() - r.within limit r.most + 1) as n) > r.most
                   when 'network_velocity' then (
                       select count(*) from (select from payment_signals o
                        where o.network = s.network and o.at > now() - r.within limit r.most + 1) as n) > r.most
                   when 'country_mismatch' then s.country <> s.card_country end
            """,
            row => (row.GetGuid(0), row.GetGuid(1)), ct, OrderWrites.Of(decided, a => a.Operation.PaymentId),
            OrderWrites.Of(rules, r => r.Id), OrderWrites.Of(rules, r => Words.Of(r.Kind)),
            OrderWrites.Of(rules, r => r.PaymentsMax ?? 0), OrderWrites.Of(rules, r => r.Within ?? TimeSpan.Zero));
    }

    private static FraudRule Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Name = row.GetString(1),
        Kind = Words.Read<FraudRuleKind>(row.GetString(2)),
        Action = Words.Read<FraudAction>(row.GetString(3)),
        AmountMinor = row.IsDBNull(4) ? null : row.GetInt64(4),
        Currency = row.IsDBNull(5) ? null : row.GetString(5),
        PaymentsMax = row.IsDBNull(6) ? null : row.GetInt32(6),
        Within = row.IsDBNull(7) ? null : row.GetTimeSpan(7),
    };

    private sealed record Cached(IReadOnlyList<FraudRule> Rules, long At);
}
