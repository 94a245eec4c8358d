using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Keeps the rules that find suspicious payments. Staff who manage payments may. A rule holds for what gateways authorise from
/// then on; each costs every checkout a look at an index, and without any nothing is looked at.
/// </summary>
internal static class ManageFraudRules
{
    private const int RulesMax = 50;

    public static void Map(IEndpointRouteBuilder rules)
    {
        rules.MapGet("/", List).RequirePermission(Permissions.PaymentsManage).WithSummary("List fraud rules");
        rules.MapGet("/{id:guid}", One).RequirePermission(Permissions.PaymentsManage).WithSummary("Show a fraud rule");
        rules.MapPost("/", Create).RequirePermission(Permissions.PaymentsManage).Idempotent()
            .WithSummary("Add a fraud rule")
            .WithDescription("`amount` needs an `amount`: orders of as much or more. `account_velocity`, "
                + "`card_velocity` and `network_velocity` need `payments` and `within`: more payments than that in that "
                + "time. `country_mismatch` needs nothing: the card is of another country than the order goes to. At most 50 rules.")
            .WithExample(new CreateFraudRuleRequest(
                "Many cards", FraudRuleKind.AccountVelocity, FraudAction.Review, Payments: 5,
                Within: TimeSpan.FromHours(1)))
            .Problems("too_many_rules", "422 rule_terms", "422 unsupported_currency", "422 too_small");
        rules.MapPut("/{id:guid}", Change).RequirePermission(Permissions.PaymentsManage)
            .WithSummary("Change a fraud rule")
            .WithDescription("What it looks at stays, and the currency of its amount.")
            .WithExample(new ChangeFraudRuleRequest("Many cards", FraudAction.Decline, Payments: 8,
                Within: TimeSpan.FromHours(1)))
            .Problems("412 stale", "422 rule_terms", "422 currency_mismatch", "422 too_small");
        rules.MapDelete("/{id:guid}", Delete).RequirePermission(Permissions.PaymentsManage)
            .WithSummary("End a fraud rule").WithDescription("Payments that are in review stay there.")
            .Problems("412 stale");
    }

    private static async Task<Ok<Page<FraudRuleResponse>>> List(
        PageRequest page, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("id");
        OnlyStaff(caller);
        var after = page.After?.Get<Guid>(0) ?? Guid.Empty;
        var rows = await db.FraudRules.AsNoTracking().Where(r => r.Id > after).OrderBy(r => r.Id)
            .Take(page.Take).ToListAsync(ct);
        return TypedResults.Ok(page.Result(rows, rule => [rule.Id], FraudRuleResponse.Of));
    }

    private static async Task<Ok<FraudRuleResponse>> One(Guid id, Caller caller, PaymentsDb db, HttpContext http,
        CancellationToken ct)
    {
        var rule = await Find(id, caller, db, ct);
        ETag.Set(http, rule.Version);
        return TypedResults.Ok(FraudRuleResponse.Of(rule));
    }

    private static async Task<Created<FraudRuleResponse>> Create(
        CreateFraudRuleRequest request, Caller caller, PaymentsDb db, FraudRules rules, TimeProvider clock,
        HttpContext http,
        CancellationToken ct)
    {
        OnlyStaff(caller);
        if (request.Amount is { } amount && !Currencies.Knows(amount.Currency))
            throw RuleException.Invalid("/amount/currency", "unsupported_currency",
                "Use an ISO 4217 code in upper case, for example EUR.");
        if (await db.FraudRules.CountAsync(ct) >= RulesMax)
            throw new RuleException("too_many_rules", $"There are {RulesMax} rules. End one that finds nothing.");
        var rule = new FraudRule
        {
            Id = Guid.CreateVersion7(), Name = request.Name, Kind = request.Kind, Action = request.Action,
            Currency = request.Amount?.Currency, CreatedAt = clock.GetUtcNow(),
        };
        Set(rule, request.Amount, request.Payments, request.Within);
        db.FraudRules.Add(rule);
        db.Audit(caller, "fraud_rule.create", "fraud_rule", rule.Id, after: FraudRuleResponse.Of(rule));
        db.AfterCommit(rules.Forget);
        ETag.Set(http, rule);
        return TypedResults.Created($"/fraud-rules/{rule.Id}", FraudRuleResponse.Of(rule));
    }

    private static async Task<Ok<FraudRuleResponse>> Change(
        Guid id, ChangeFraudRuleRequest request, Caller caller, PaymentsDb db, FraudRules rules, HttpContext http,
        CancellationToken ct)
    {
        var rule = await Find(id, caller, db, ct);
        ETag.Check(http, rule.Version);
        var before = FraudRuleResponse.Of(rule);
        if (request.Amount is { } amount && rule.Currency is { } currency && amount.Currency != currency)
            throw RuleException.Invalid("/amount/currency", "currency_mismatch",
                $"This rule is for {currency}. Add another one.");
        (rule.Name, rule.Action) = (request.Name, request.Action);
        Set(rule, request.Amount, request.Payments, request.Within);
        db.Audit(caller, "fraud_rule.change", "fraud_rule", id, before: before, after: FraudRuleResponse.Of(rule));
        db.AfterCommit(rules.Forget);
        ETag.Set(http, rule);
        return TypedResults.Ok(FraudRuleResponse.Of(rule));
    }

    private static async Task<NoContent> Delete(
        Guid id, Caller caller, PaymentsDb db, FraudRules rules, HttpContext http, CancellationToken ct)
    {
        var rule = await Find(id, caller, db, ct);
        ETag.Check(http, rule.Version);
        db.FraudRules.Remove(rule);
        db.Audit(caller, "fraud_rule.delete", "fraud_rule", id, before: FraudRuleResponse.Of(rule));
        db.AfterCommit(rules.Forget);
        return TypedResults.NoContent();
    }

    private static async Task<FraudRule> Find(Guid id, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        OnlyStaff(caller);
        return await db.FraudRules.SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw RuleException.NotFound();
    }

    private static void Set(FraudRule rule, Money? amount, int? payments, TimeSpan? within)
    {
        var (needsAmount, needsCount) = (rule.Kind == FraudRuleKind.Amount, rule.Kind is FraudRuleKind.AccountVelocity
            or FraudRuleKind.CardVelocity or FraudRuleKind.NetworkVelocity);
        if (needsAmount != amount is not null)
            throw RuleException.Invalid("/amount", "rule_terms", needsAmount ? "Say from which amount."
                : "This kind has no amount. Leave it out.");
        if (amount?.Amount <= 0)
            throw RuleException.Invalid("/amount", "too_small", "At least 1 minor unit.");
        if (needsCount != payments is not null || needsCount != within is not null)
            throw RuleException.Invalid("/payments", "rule_terms", needsCount
                ? "Say how many payments in which time."
                    : "This kind counts no payments. Leave `payments` and `within` out.");
        (rule.AmountMinor, rule.PaymentsMax, rule.Within) = (amount?.Amount, payments, within);
    }

    private static void OnlyStaff(Caller caller)
    {
        if (!caller.Can(Permissions.PaymentsManage))
            throw new RuleException(403, "forbidden", "Fraud rules are for the marketplace's own staff.");
    }
}

/// <summary>A new fraud rule.</summary>
/// <param name="Name">For people.</param>
/// <param name="Kind">What it looks at.</param>
/// <param name="Action">What becomes of a payment that it finds.</param>
/// <param name="Amount">Of orders of as much or more.</param>
/// <param name="Payments">More than these.</param>
/// <param name="Within">In this time; up to 30 days.</param>
public sealed record CreateFraudRuleRequest(
    [Required, StringLength(100, MinimumLength = 1)] string Name, FraudRuleKind Kind, FraudAction Action,
        Money? Amount = null,
    [Range(1, 10_000)] int? Payments = null,
        [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")] TimeSpan? Within = null);

/// <summary>What a fraud rule finds from now on.</summary>
/// <param name="Name">For people.</param>
/// <param name="Action">What becomes of a payment that it finds.</param>
/// <param name="Amount">Of orders of as much or more.</param>
/// <param name="Payments">More than these.</param>
/// <param name="Within">In this time; up to 30 days.</param>
public sealed record ChangeFraudRuleRequest(
    [Required, StringLength(100, MinimumLength = 1)] string Name, FraudAction Action, Money? Amount = null,
    [Range(1, 10_000)] int? Payments = null,
        [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")] TimeSpan? Within = null);

/// <summary>A fraud rule.</summary>
/// <param name="Id">The rule.</param>
/// <param name="Name">For people.</param>
/// <param name="Kind">What it looks at.</param>
/// <param name="Action">What becomes of a payment that it finds.</param>
/// <param name="Amount">Of orders of as much or more.</param>
/// <param name="Payments">More than these.</param>
/// <param name="Within">In this time.</param>
public sealed record FraudRuleResponse(
    Guid Id, string Name, FraudRuleKind Kind, FraudAction Action, Money? Amount, int? Payments, TimeSpan? Within)
{
    internal static FraudRuleResponse Of(FraudRule rule) => new(
        rule.Id, rule.Name, rule.Kind, rule.Action,
        rule.AmountMinor is { } amount ? new Money(amount, rule.Currency!) : null, rule.PaymentsMax, rule.Within);
}
