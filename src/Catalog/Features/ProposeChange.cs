using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Catalog.Domain;
using Souk.Catalog.Reads;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog.Features;

/// <summary>
/// Proposes a change of a product that another company keeps. Who sells the product may, one proposal at a time; the company that
/// keeps it, or the staff, decides.
/// </summary>
internal static class ProposeChange
{
    public static void Map(IEndpointRouteBuilder products) =>
        products.MapPost("/{id:guid}/proposals", Handle)
            .WithSummary("Propose a change of a product")
            .WithDescription("What is left out stays as it is.")
            .RequirePermission(Permissions.ProductsManage)
            .Idempotent()
            .Problems("own_product", "not_sold_by_you", "proposal_pending", "422 nothing_proposed",
                "422 company_required", "422 unknown_category", "422 unknown_attribute", "422 wrong_attribute", "422 wrong_tag", "422 too_many")
            .WithExample(new ProposeChangeRequest(Name: "Oak desk lamp",
                Note: "There is a floor lamp of this name too."), ProposalAnswer.Example);

    private static async Task<Created<ProposalAnswer>> Handle(
        Guid id, ProposeChangeRequest request, HttpContext http, Caller caller, CatalogDb db, TimeProvider clock,
        CancellationToken ct)
    {
        // Locked, so that two proposals of one company come one after the other.
        db.Lock("select 1 from products where id = $1 for no key update", id);
        var product = await db.Products.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, ct);
        if (product is null || !(product.Status == ProductStatus.Published
            || caller.Can(Permissions.ProductsManage, product.CompanyId)))
            throw RuleException.NotFound();
        if (caller.Can(Permissions.ProductsManage, product.CompanyId))
            throw new RuleException("own_product", "You may change this product yourself: PUT /products/{id}.");
        var company = await Company(id, request.CompanyId, caller, db, ct);
        var changes = new ProposedChanges(request.Name, request.Description, request.CategoryIds, request.Tags,
            request.Attributes);
        if (changes == new ProposedChanges())
            throw RuleException.Invalid("", "nothing_proposed",
                "Say what is to change: name, description, category_ids, tags or attributes.");
        // Tried on a copy, so that what could never be accepted is said now.
        await db.Classify(product, changes.CategoryIds, null, changes.Attributes, clock.GetUtcNow(), ct);
        if (await db.Proposals.AsNoTracking().AnyAsync(
            p => p.ProductId == id && p.CompanyId == company && p.Status == ProposalStatus.Pending, ct))
            throw new RuleException("proposal_pending",
                "Your last proposal for this product is not decided. Withdraw it, or wait.");

        var proposal = Proposal.Of(
            id, company, caller.AccountId!.Value, JsonSerializer.Serialize(changes, Json.Events),
            request.Note?.Trim() ?? "", clock.GetUtcNow());
        db.Proposals.Add(proposal);
        db.Audit(caller, "proposal.create", "product", id, company, after: request);
        ETag.Set(http, proposal);
        return TypedResults.Created($"/products/proposals/{proposal.Id}",
            ProposalAnswer.Of(proposal, product.Name, null));
    }

    private static async Task<Guid> Company(Guid productId, Guid? asked, Caller caller, CatalogDb db,
        CancellationToken ct)
    {
        var selling = await db.Query("""
            select distinct company_id from offers where product_id = $1 and company_id = any($2) and ended_at is null
              and ($3::uuid is null or company_id = $3)
             order by 1
            """, reader => reader.GetGuid(0), ct,
            productId, caller.CompaniesWith(Permissions.ProductsManage), Pg.Uuid(asked));
        return selling switch
        {
            [var one] => one,
            [] => throw new RuleException("not_sold_by_you",
                "Offer the product first: who sells it may propose changes."),
            _ => throw RuleException.Invalid("/company_id", "company_required",
                "Several of your companies sell it: say which by company_id."),
        };
    }
}

/// <summary>A change of a product as another seller would have it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is; plain text or Markdown.</param>
/// <param name="CategoryIds">Where it stands, all of it.</param>
/// <param name="Tags">Words it is found by, all of them.</param>
/// <param name="Attributes">Specifications by the attribute's code, all of them.</param>
/// <param name="Note">For whoever decides.</param>
/// <param name="CompanyId">Who proposes; left out when one company of the caller's sells the product.</param>
public sealed record ProposeChangeRequest(
    [StringLength(200, MinimumLength = 1), RegularExpression(@"(?s).*\S.*")] string? Name = null,
    [StringLength(20_000)] string? Description = null,
    Guid[]? CategoryIds = null,
    string[]? Tags = null,
    IReadOnlyDictionary<string, JsonElement>? Attributes = null,
    [StringLength(500)] string? Note = null,
    Guid? CompanyId = null);

/// <summary>What of a product is to change; null is what stays.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is.</param>
/// <param name="CategoryIds">Where it stands.</param>
/// <param name="Tags">Words it is found by.</param>
/// <param name="Attributes">Specifications by the attribute's code.</param>
public sealed record ProposedChanges(
    string? Name = null, string? Description = null, Guid[]? CategoryIds = null, string[]? Tags = null,
    IReadOnlyDictionary<string, JsonElement>? Attributes = null);

/// <summary>A proposal as it is answered.</summary>
/// <param name="Id">The proposal.</param>
/// <param name="ProductId">The product.</param>
/// <param name="ProductName">What it is called now.</param>
/// <param name="CompanyId">Who proposes.</param>
/// <param name="Status"><c>pending</c>, <c>accepted</c>, <c>rejected</c> or <c>withdrawn</c>.</param>
/// <param name="Changes">What is to change.</param>
/// <param name="Present">What the product says of that now, where one proposal is shown.</param>
/// <param name="Note">For whoever decides.</param>
/// <param name="Reason">Why it was decided so.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="DecidedAt">When it was decided.</param>
public sealed record ProposalAnswer(
    Guid Id, Guid ProductId, string ProductName, Guid CompanyId, string Status, ProposedChanges Changes,
    ProposedChanges? Present, string Note, string? Reason, DateTimeOffset CreatedAt, DateTimeOffset? DecidedAt)
{
    internal static readonly ProposalAnswer Example = new(
        new Guid("0198c5a0-0000-7000-8000-00000000000b"), new Guid("0198c5a0-0000-7000-8000-000000000001"), "Oak lamp",
        new Guid("0198c5a0-0000-7000-8000-00000000000c"), "pending", new ProposedChanges("Oak desk lamp"),
        new ProposedChanges("Oak lamp"), "There is a floor lamp of this name too.", null, new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero), null);

    internal static ProposalAnswer Of(Proposal proposal, string productName, ProposedChanges? present) => new(
        proposal.Id, proposal.ProductId, productName, proposal.CompanyId, proposal.Status.ToString().ToLowerInvariant(),
        JsonSerializer.Deserialize<ProposedChanges>(proposal.Changes, Json.Events)!, present, proposal.Note,
        proposal.Reason, proposal.CreatedAt, proposal.DecidedAt);
}
