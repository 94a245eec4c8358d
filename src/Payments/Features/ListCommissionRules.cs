using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>Lists commission rules and shows one. Staff who manage commission may.</summary>
internal static class ListCommissionRules
{
    public static void Map(IEndpointRouteBuilder rules)
    {
        rules.MapGet("/", Handle).RequirePermission(Permissions.CommissionManage)
            .WithSummary("List commission rules").WithDescription("Filters: `company_id`, `category_id`, `product_id`.");
        rules.MapGet("/{id:guid}", One).RequirePermission(Permissions.CommissionManage).WithSummary("Show a commission rule");
    }

    private static async Task<Ok<Page<CommissionRuleResponse>>> Handle(
        [FromQuery(Name = "company_id")] Guid? companyId, [FromQuery(Name = "category_id")] Guid? categoryId, [FromQuery(Name = "product_id")] Guid? productId,
        PageRequest page, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("id");
        IQueryable<CommissionRule> rules = db.CommissionRules.AsNoTracking();
        if (companyId is not null)
            rules = rules.Where(rule => rule.CompanyId == companyId);
        if (categoryId is not null)
            rules = rules.Where(rule => rule.CategoryId == categoryId);
        if (productId is not null)
            rules = rules.Where(rule => rule.ProductId == productId);
        if (page.After?.Get<Guid>(0) is { } after)
            rules = rules.Where(rule => rule.Id > after);
        var rows = await rules.OrderBy(rule => rule.Id).Take(page.Take).ToListAsync(ct);
        return TypedResults.Ok(page.Result(rows, rule => [rule.Id], CommissionRuleResponse.Of));
    }

    private static async Task<Ok<CommissionRuleResponse>> One(Guid id, PaymentsDb db, HttpContext http, CancellationToken ct)
    {
        var rule = await db.CommissionRules.AsNoTracking().SingleOrDefaultAsync(r => r.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, rule.Version);
        return TypedResults.Ok(CommissionRuleResponse.Of(rule));
    }
}
