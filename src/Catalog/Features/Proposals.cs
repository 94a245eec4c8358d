using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Catalog.Domain;
using Souk.Platform;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Shows proposals to who made them, to the company that keeps the product and to the staff. These two accept one, which changes
/// the product at once, or reject it with a reason; who made it takes it back.
/// </summary>
internal static class Proposals
{
    public static void Map(IEndpointRouteBuilder products)
    {
        products.MapGet("/proposals", List).WithSummary("List proposals").RequirePermission(Permissions.ProductsManage)
            .WithExample(response: new Page<ProposalAnswer>([ProposalAnswer.Example with { Present = null }], null));
        products.MapGet("/proposals/{id:guid}", Show).WithSummary("Show a proposal")
            .RequirePermission(Permissions.ProductsManage)
            .WithExample(response: ProposalAnswer.Example);
        products.MapPost("/proposals/{id:guid}/accept", Accept).WithSummary("Accept a proposal")
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent().Problems("proposal_decided", "422 unknown_category", "422 unknown_attribute",
                "422 wrong_attribute", "422 wrong_tag")
            .WithExample(response: ProposalAnswer.Example with { Status = "accepted" });
        products.MapPost("/proposals/{id:guid}/reject", Reject).WithSummary("Reject a proposal")
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent().Problems("proposal_decided")
            .WithExample(new RejectProposalRequest("The floor lamp has another name."),
                ProposalAnswer.Example with { Status = "rejected" });
        products.MapDelete("/proposals/{id:guid}", Withdraw).WithSummary("Withdraw a proposal")
            .RequirePermission(Permissions.ProductsManage)
            .Problems("proposal_decided", "412 stale");
    }

    private static async Task<Page<ProposalAnswer>> List(
        [FromQuery(Name = "status"), AllowedValues("pending", "accepted", "rejected", "withdrawn", null)] string? status,
        [FromQuery(Name = "product_id")] Guid? productId, PageRequest page, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        page.Sort("-created_at");
        var (staff, mine) = (caller.Can(Permissions.ProductsManage), caller.CompaniesWith(Permissions.ProductsManage));
        var before = page.After?.Get<Guid>(0);
        var wanted = status is null ? (ProposalStatus?)null : Enum.Parse<ProposalStatus>(status, true);
        var rows = await (
            from proposal in db.Proposals.AsNoTracking()
            join product in db.Products on proposal.ProductId equals product.Id
            where (staff || mine.Contains(proposal.CompanyId) || mine.Contains(product.CompanyId))
                && (wanted == null || proposal.Status == wanted)
                && (productId == null || proposal.ProductId == productId)
                && (before == null || proposal.Id < before)
            orderby proposal.Id descending
            select new { Proposal = proposal, product.Name }).Take(page.Take).ToListAsync(ct);
        return page.Result(rows, row => [row.Proposal.Id], row => ProposalAnswer.Of(row.Proposal, row.Name, null));
    }

    private static async Task<Ok<ProposalAnswer>> Show(Guid id, HttpContext http, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        var (proposal, product) = await Of(id, caller, db, ct);
        ETag.Set(http, proposal.Version);
        return TypedResults.Ok(ProposalAnswer.Of(proposal, product.Name, await Present(product, db, ct)));
    }

    private static async Task<Ok<ProposalAnswer>> Accept(
        Guid id, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock, CancellationToken ct)
    {
        var (proposal, product) = await ToDecide(id, caller, db, ct);
        proposal.Become(ProposalStatus.Accepted, null, clock.GetUtcNow());
        var (changes, present) = (JsonSerializer.Deserialize<ProposedChanges>(proposal.Changes, Json.Events)!,
            await Present(product, db, ct));
        var request = new ChangeProductRequest(
            changes.Name ?? present.Name!, changes.Description ?? present.Description, null,
            changes.CategoryIds ?? present.CategoryIds, changes.Tags ?? present.Tags, changes.Attributes ?? present.Attributes);
        await ChangeProduct.Apply(product, request, caller, db, clock.GetUtcNow(), ct);
        return Decided(proposal, product, "proposal.accept", http, caller, db);
    }

    private static async Task<Ok<ProposalAnswer>> Reject(
        Guid id, RejectProposalRequest request, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock,
        CancellationToken ct)
    {
        var (proposal, product) = await ToDecide(id, caller, db, ct);
        proposal.Become(ProposalStatus.Rejected, request.Reason.Trim(), clock.GetUtcNow());
        return Decided(proposal, product, "proposal.reject", http, caller, db);
    }

    private static async Task<NoContent> Withdraw(Guid id, HttpContext http, Caller caller, CatalogDb db,
        TimeProvider clock, CancellationToken ct)
    {
        var (proposal, _) = await Of(id, caller, db, ct);
        if (!caller.Can(Permissions.ProductsManage, proposal.CompanyId))
            throw RuleException.NotFound();
        ETag.Check(http, proposal.Version);
        proposal.Become(ProposalStatus.Withdrawn, null, clock.GetUtcNow());
        db.Audit(caller, "proposal.withdraw", "proposal", id, proposal.CompanyId);
        return TypedResults.NoContent();
    }

    private static async Task<(Proposal, Product)> ToDecide(Guid id, Caller caller, CatalogDb db, CancellationToken ct)
    {
        db.Lock("select 1 from products where id = (select product_id from proposals where id = $1) for no key update",
            id);
        var (proposal, product) = await Of(id, caller, db, ct);
        // Who made it sees it, and does not decide.
        return caller.Can(Permissions.ProductsManage, product.CompanyId) ? (proposal, product)
            : throw RuleException.NotFound();
    }

    private static Ok<ProposalAnswer> Decided(
        Proposal proposal, Product product, string action, HttpContext http, Caller caller, CatalogDb db)
    {
        db.Audit(caller, action, "proposal", proposal.Id, proposal.CompanyId, after: new { proposal.ProductId },
            reason: proposal.Reason);
        ETag.Set(http, proposal);
        return TypedResults.Ok(ProposalAnswer.Of(proposal, product.Name, null));
    }

    private static async Task<(Proposal, Product)> Of(Guid id, Caller caller, CatalogDb db, CancellationToken ct)
    {
        var proposal = await db.Proposals.SingleOrDefaultAsync(p => p.Id == id, ct) ?? throw RuleException.NotFound();
        var product = await db.Products.Include(p => p.Variants.OrderBy(v => v.Position))
            .SingleAsync(p => p.Id == proposal.ProductId, ct);
        return caller.Can(Permissions.ProductsManage, proposal.CompanyId)
            || caller.Can(Permissions.ProductsManage, product.CompanyId)
            ? (proposal, product)
            : throw RuleException.NotFound();
    }

    private static async Task<ProposedChanges> Present(Product product, CatalogDb db, CancellationToken ct)
    {
        var tags = await db.Query("select name from tags where id = any($1) order by name",
            reader => reader.GetString(0), ct, [product.TagIds]);
        return new ProposedChanges(
            product.Name, product.Description, product.CategoryIds, [.. tags],
            JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(product.Attributes));
    }
}

/// <summary>Why a proposal is rejected.</summary>
/// <param name="Reason">Who made it reads it.</param>
public sealed record RejectProposalRequest([Required, StringLength(500, MinimumLength = 1),
    RegularExpression(@"(?s).*\S.*")] string Reason);
