using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Carts.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Makes a group of customers that promotions may be for. The marketplace's staff who manage prices.</summary>
internal static class CreateCustomerGroup
{
    public static void Map(IEndpointRouteBuilder groups) => groups.MapPost("", Handle)
        .RequirePermission(Permissions.PricingManage)
        .Idempotent()
        .WithSummary("Make a group of customers")
        .WithDescription("Promotions may be for its members only, sellers' own too.")
        .Problems("group_exists")
        .WithExample(new CustomerGroupRequest("Regulars"));

    private static async Task<Saved<Created<CustomerGroupResponse>>> Handle(
        CustomerGroupRequest request, Caller caller, HttpContext http, CartsDb db, CancellationToken ct)
    {
        CustomerGroup.CheckStaff(caller);
        var group = new CustomerGroupRow { Id = Guid.CreateVersion7(), Name = await request.NameFor(Guid.Empty, db, ct) };
        db.CustomerGroups.Add(group);
        db.Audit(caller, "customer_group.create", "customer_group", group.Id, after: request);
        ETag.Set(http, group);
        return Answer.Saved(() => TypedResults.Created($"/customer-groups/{group.Id}", CustomerGroupResponse.Of(group)));
    }
}

/// <summary>Lists the groups of customers. Whoever manages prices: sellers make promotions for them, too.</summary>
internal static class ListCustomerGroups
{
    public static void Map(IEndpointRouteBuilder groups) => groups.MapGet("", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("List the groups of customers")
        .WithDescription("Who is in them is for staff alone.");

    private static async Task<Ok<Page<CustomerGroupResponse>>> Handle(PageRequest page, CartsDb db, CancellationToken ct)
    {
        var groups = db.CustomerGroups.AsNoTracking();
        if (page.After is { } after)
        {
            var last = after.Get<Guid>(0);
            groups = groups.Where(group => group.Id > last);
        }
        return TypedResults.Ok(page.Result(
            await groups.OrderBy(group => group.Id).Take(page.Take).ToListAsync(ct), group => [group.Id], CustomerGroupResponse.Of));
    }
}

/// <summary>Shows a group of customers. Whoever manages prices.</summary>
internal static class GetCustomerGroup
{
    public static void Map(IEndpointRouteBuilder groups) => groups.MapGet("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Show a group of customers");

    private static async Task<Ok<CustomerGroupResponse>> Handle(Guid id, HttpContext http, CartsDb db, CancellationToken ct)
    {
        var group = await db.CustomerGroups.AsNoTracking().SingleOrDefaultAsync(group => group.Id == id, ct)
            ?? throw RuleException.NotFound();
        ETag.Set(http, group.Version);
        return TypedResults.Ok(CustomerGroupResponse.Of(group));
    }
}

/// <summary>Renames a group of customers. The marketplace's staff who manage prices.</summary>
internal static class ChangeCustomerGroup
{
    public static void Map(IEndpointRouteBuilder groups) => groups.MapPut("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Rename a group of customers")
        .Problems("group_exists");

    private static async Task<Saved<Ok<CustomerGroupResponse>>> Handle(
        Guid id, CustomerGroupRequest request, HttpContext http, Caller caller, CartsDb db, CancellationToken ct)
    {
        CustomerGroup.CheckStaff(caller);
        var group = await db.CustomerGroups.SingleOrDefaultAsync(group => group.Id == id, ct)
            ?? throw RuleException.NotFound();
        ETag.Check(http, group.Version);
        var before = CustomerGroupResponse.Of(group);
        group.Name = await request.NameFor(id, db, ct);
        db.Audit(caller, "customer_group.change", "customer_group", id, before: before, after: request);
        ETag.Set(http, group);
        return Answer.Saved(() => TypedResults.Ok(CustomerGroupResponse.Of(group)));
    }
}

/// <summary>Ends a group of customers that no promotion is for. The marketplace's staff who manage prices.</summary>
internal static class DeleteCustomerGroup
{
    public static void Map(IEndpointRouteBuilder groups) => groups.MapDelete("/{id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Delete a group of customers")
        .Problems("in_use");

    private static async Task<NoContent> Handle(Guid id, HttpContext http, Caller caller, CartsDb db, CancellationToken ct)
    {
        CustomerGroup.CheckStaff(caller);
        var group = await db.CustomerGroups.SingleOrDefaultAsync(group => group.Id == id, ct)
            ?? throw RuleException.NotFound();
        ETag.Check(http, group.Version);
        if (await db.Promotions.AnyAsync(promotion => promotion.CustomerGroupId == id, ct))
            throw new RuleException("in_use", "A promotion is for this group. Change or delete that first.");
        db.CustomerGroups.Remove(group);
        db.Audit(caller, "customer_group.delete", "customer_group", id, before: CustomerGroupResponse.Of(group));
        return TypedResults.NoContent();
    }
}

/// <summary>Who keeps the groups: the marketplace's own people. A seller who decided who is in them would learn who buys elsewhere.</summary>
internal static class CustomerGroup
{
    public static void CheckStaff(Caller caller)
    {
        if (!caller.Can(Permissions.PricingManage))
            throw new RuleException(403, "forbidden", "Groups of customers are kept by the marketplace's own staff.");
    }
}

/// <summary>A group of customers.</summary>
/// <param name="Name">Its name, no two alike.</param>
public sealed record CustomerGroupRequest([StringLength(100, MinimumLength = 1)] string Name)
{
    internal async Task<string> NameFor(Guid id, CartsDb db, CancellationToken ct)
    {
        var name = Name.Trim();
        var others = await db.Query("select 1 from customer_groups where lower(name) = lower($1) and id <> $2", _ => true, ct, name, id);
        return others.Count == 0 ? name : throw new RuleException("group_exists", "Another group has this name. Take another one.");
    }
}

/// <summary>A group of customers.</summary>
/// <param name="Id">The group.</param>
/// <param name="Name">Its name.</param>
public sealed record CustomerGroupResponse(Guid Id, string Name)
{
    internal static CustomerGroupResponse Of(CustomerGroupRow group) => new(group.Id, group.Name);
}
