using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Carts.Domain;
using Souk.Contracts;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Makes a delivery method. Members who manage prices, for their company; staff also for the marketplace.</summary>
internal static class CreateDeliveryMethod
{
    public static void Map(IEndpointRouteBuilder methods) => methods.MapPost("", Handle)
        .RequirePermission(Permissions.PricingManage)
        .Idempotent()
        .WithSummary("Make a delivery method")
        .WithDescription("A company with methods of its own delivers by those only; the others use the marketplace's.")
        .Problems("422 unknown_company", "422 company_required", "422 unknown_country", "422 currency_mismatch",
            "422 unsupported_currency", "422 invalid_amount")
        .WithExample(new DeliveryMethodRequest("Parcel", new Money(490, "EUR"), new Money(50, "EUR"), new Money(5000, "EUR"), ["DE", "AT"]));

    private static Saved<Created<DeliveryMethodResponse>> Handle(
        DeliveryMethodRequest request, Caller caller, HttpContext http, CartsDb db, PriceRules rules)
    {
        var method = new DeliveryMethodRow { Id = Guid.CreateVersion7(), CompanyId = PricingScope.OwnerOfNew(caller, request.CompanyId) };
        request.Set(method);
        db.DeliveryMethods.Add(method);
        db.Audit(caller, "delivery_method.create", "delivery_method", method.Id, method.CompanyId, after: request);
        rules.ChangeWith(db);
        ETag.Set(http, method);
        return Answer.Saved(() => TypedResults.Created($"/delivery-methods/{method.Id}", DeliveryMethodResponse.Of(method)));
    }
}

/// <summary>Lists the caller's delivery methods and the marketplace's. Members who manage prices; staff see all.</summary>
internal static class ListDeliveryMethods
{
    public static void Map(IEndpointRouteBuilder methods) => methods.MapGet("", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("List delivery methods")
        .WithDescription("Your companies' and the marketplace's; ?company_id= for one company's only.");

    private static async Task<Ok<Page<DeliveryMethodResponse>>> Handle(PageRequest page, Guid? company_id, Caller caller, CartsDb db, CancellationToken ct)
    {
        var methods = db.DeliveryMethods.AsNoTracking().VisibleTo(caller).Where(method => company_id == null || method.CompanyId == company_id);
        if (page.After is { } after)
        {
            var last = after.Get<Guid>(0);
            methods = methods.Where(method => method.Id > last);
        }
        return TypedResults.Ok(page.Result(
            await methods.OrderBy(method => method.Id).Take(page.Take).ToListAsync(ct), method => [method.Id], DeliveryMethodResponse.Of));
    }
}

/// <summary>Shows a delivery method. Members of its company who manage prices, the marketplace's to all of them; staff see all.</summary>
internal static class GetDeliveryMethod
{
    public static void Map(IEndpointRouteBuilder methods) => methods.MapGet("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Show a delivery method");

    private static async Task<Ok<DeliveryMethodResponse>> Handle(Guid id, HttpContext http, Caller caller, CartsDb db, CancellationToken ct)
    {
        var method = await db.DeliveryMethods.AsNoTracking().VisibleTo(caller).SingleOrDefaultAsync(method => method.Id == id, ct)
            ?? throw RuleException.NotFound();
        ETag.Set(http, method.Version);
        return TypedResults.Ok(DeliveryMethodResponse.Of(method));
    }
}

/// <summary>Replaces the terms of a delivery method. Its company's members who manage prices; staff also the marketplace's.</summary>
internal static class ChangeDeliveryMethod
{
    public static void Map(IEndpointRouteBuilder methods) => methods.MapPut("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Change a delivery method")
        .Problems("422 unknown_country", "422 currency_mismatch", "422 unsupported_currency",
            "422 invalid_amount", "422 company_fixed");

    private static async Task<Saved<Ok<DeliveryMethodResponse>>> Handle(
        Guid id, DeliveryMethodRequest request, HttpContext http, Caller caller, CartsDb db, PriceRules rules, CancellationToken ct)
    {
        var method = await db.DeliveryMethods.SingleOrDefaultAsync(method => method.Id == id, ct) ?? throw RuleException.NotFound();
        PricingScope.Check(caller, method.CompanyId, request.CompanyId);
        ETag.Check(http, method.Version);
        var before = DeliveryMethodResponse.Of(method);
        request.Set(method);
        db.Audit(caller, "delivery_method.change", "delivery_method", id, method.CompanyId, before, request);
        rules.ChangeWith(db);
        ETag.Set(http, method);
        return Answer.Saved(() => TypedResults.Ok(DeliveryMethodResponse.Of(method)));
    }
}

/// <summary>Ends a delivery method; orders keep its name. Its company's members who manage prices; staff also the marketplace's.</summary>
internal static class DeleteDeliveryMethod
{
    public static void Map(IEndpointRouteBuilder methods) => methods.MapDelete("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Delete a delivery method");

    private static async Task<NoContent> Handle(Guid id, HttpContext http, Caller caller, CartsDb db, PriceRules rules, CancellationToken ct)
    {
        var method = await db.DeliveryMethods.SingleOrDefaultAsync(method => method.Id == id, ct) ?? throw RuleException.NotFound();
        PricingScope.Check(caller, method.CompanyId);
        ETag.Check(http, method.Version);
        db.DeliveryMethods.Remove(method);
        db.Audit(caller, "delivery_method.delete", "delivery_method", id, method.CompanyId, DeliveryMethodResponse.Of(method));
        rules.ChangeWith(db);
        return TypedResults.NoContent();
    }
}
