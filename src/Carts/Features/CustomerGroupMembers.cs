using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Puts accounts into a group; those that are in it stay. The marketplace's staff who manage prices.</summary>
internal static class AddCustomerGroupMembers
{
    public static void Map(IEndpointRouteBuilder groups) => groups.MapPost("/{id:guid}/members", Handle)
        .RequirePermission(Permissions.PricingManage)
        .Idempotent()
        .WithSummary("Put accounts into a group of customers")
        .WithDescription("Their carts see its promotions at their next quote. Accounts that are in it already stay.")
        .WithExample(new AddCustomerGroupMembersRequest([Guid.Parse("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e")]));

    private static async Task<Ok<AddCustomerGroupMembersResponse>> Handle(
        Guid id, AddCustomerGroupMembersRequest request, Caller caller, CartsDb db, CancellationToken ct)
    {
        CustomerGroup.CheckStaff(caller);
        if (!await db.CustomerGroups.AnyAsync(group => group.Id == id, ct))
            throw RuleException.NotFound();
        var added = await db.Execute(
            "insert into customer_group_members (group_id, account_id) select $1, unnest($2::uuid[]) on conflict do nothing",
            ct, id, request.AccountIds.Distinct().Order().ToArray());
        db.Audit(caller, "customer_group.add_members", "customer_group", id, after: request);
        return TypedResults.Ok(new AddCustomerGroupMembersResponse(added));
    }
}

/// <summary>Lists who is in a group. The marketplace's staff who manage prices.</summary>
internal static class ListCustomerGroupMembers
{
    public static void Map(IEndpointRouteBuilder groups) => groups.MapGet("/{id:guid}/members", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("List who is in a group of customers")
        .WithDescription("The ids of the accounts; GET /profile/{user_id} says who they are.");

    private static async Task<Ok<Page<CustomerGroupMember>>> Handle(
        Guid id, PageRequest page, Caller caller, CartsDb db, CancellationToken ct)
    {
        CustomerGroup.CheckStaff(caller);
        if (!await db.CustomerGroups.AnyAsync(group => group.Id == id, ct))
            throw RuleException.NotFound();
        var rows = await db.Query(
            """
            select account_id, created_at from customer_group_members where group_id = $1 and account_id > $2
             order by account_id limit $3
            """,
            row => new CustomerGroupMember(row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1)),
            ct, id, page.After?.Get<Guid>(0) ?? Guid.Empty, page.Take);
        return TypedResults.Ok(page.Result(rows, row => [row.AccountId]));
    }
}

/// <summary>Takes an account out of a group. The marketplace's staff who manage prices.</summary>
internal static class RemoveCustomerGroupMember
{
    public static void Map(IEndpointRouteBuilder groups) => groups.MapDelete("/{id:guid}/members/{account_id:guid}", Handle)
        .RequirePermission(Permissions.PricingManage)
        .WithSummary("Take an account out of a group of customers");

    private static async Task<NoContent> Handle(Guid id, Guid account_id, Caller caller, CartsDb db, CancellationToken ct)
    {
        CustomerGroup.CheckStaff(caller);
        var removed = await db.Execute(
            "delete from customer_group_members where group_id = $1 and account_id = $2", ct, id, account_id);
        if (removed == 0)
            throw RuleException.NotFound();
        db.Audit(caller, "customer_group.remove_member", "customer_group", id, before: new { account_id });
        return TypedResults.NoContent();
    }
}

/// <summary>Accounts to put into a group.</summary>
/// <param name="AccountIds">1 to 1,000 at a time.</param>
public sealed record AddCustomerGroupMembersRequest([MinLength(1), MaxLength(1000)] Guid[] AccountIds);

/// <summary>What became of it.</summary>
/// <param name="Added">How many were not in it before.</param>
public sealed record AddCustomerGroupMembersResponse(int Added);

/// <summary>Somebody in a group.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="CreatedAt">Since when.</param>
public sealed record CustomerGroupMember(Guid AccountId, DateTimeOffset CreatedAt);
