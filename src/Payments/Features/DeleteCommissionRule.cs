using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Ends a commission rule. Staff who manage commission may. What was sold under it keeps its commission.</summary>
internal static class DeleteCommissionRule
{
    public static void Map(IEndpointRouteBuilder rules) =>
        rules.MapDelete("/{id:guid}", Handle).RequirePermission(Permissions.CommissionManage).WithSummary("End a commission rule").Problems("412 stale");

    private static async Task<NoContent> Handle(
        Guid id, Caller caller, PaymentsDb db, CommissionRateCache rates, HttpContext http, CancellationToken ct)
    {
        var rule = await db.CommissionRules.SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, rule.Version);
        db.CommissionRules.Remove(rule);
        db.Audit(caller, "commission_rule.delete", "commission_rule", id, rule.CompanyId, before: CommissionRuleResponse.Of(rule));
        db.AfterCommit(rates.Forget);
        return TypedResults.NoContent();
    }
}
