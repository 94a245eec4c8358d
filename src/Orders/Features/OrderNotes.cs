using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Orders.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Orders.Features;

/// <summary>
/// Notes on an order. A seller writes about their own part, staff about the whole order; internal, or for the buyer too. An
/// internal note of a seller is read by their company and staff, one of staff by staff alone.
/// </summary>
internal static class OrderNotes
{
    // More is no note, it is a conversation.
    private const int NotesMax = 200;

    public static void Map(IEndpointRouteBuilder orders)
    {
        orders.MapGet("/{id:guid}/notes", List)
            .AllowGuests()
            .WithSummary("Notes on an order")
            .WithDescription("Oldest first. The buyer sees those that were written for the buyer.")
            .Problems("404 not_found")
            .WithExample(response: new OrderNoteList(Examples.OrderId, [OrderNote.Example]));
        orders.MapPost("/{id:guid}/notes", Write)
            .RequirePermission(Permissions.OrdersManage)
            .Idempotent()
            .WithSummary("Write a note on an order")
            .WithDescription("Internal unless visible_to_buyer says otherwise. A note stays as it was written.")
            .Problems("too_many_notes", "403 forbidden", "404 not_found")
            .WithExample(new WriteOrderNoteRequest("It leaves on Monday.", VisibleToBuyer: true), OrderNote.Example);
    }

    private static async Task<Ok<OrderNoteList>> List(Guid id, Caller caller, OrdersDb db, CancellationToken ct)
    {
        var order = await db.Find(id, ct) ?? throw RuleException.NotFound();
        var sight = Sight.Of(order, caller) ?? throw RuleException.NotFound();
        var notes = await db.Query($"""
            select id, part_id, company_id, author, text, visible_to_buyer, created_at from order_notes
             where order_id = $1 order by id limit {NotesMax}
            """,
            row => new OrderNote(
                row.GetGuid(0), row.IsDBNull(1) ? null : row.GetGuid(1), row.IsDBNull(2) ? null : row.GetGuid(2),
                row.GetString(3), row.GetString(4), row.GetBoolean(5), row.GetFieldValue<DateTimeOffset>(6)),
            ct, id);
        return TypedResults.Ok(new OrderNoteList(id, [.. notes.Where(note => IsFor(note, sight, caller))]));
    }

    private static async Task<Created<OrderNote>> Write(
        Guid id, WriteOrderNoteRequest request, Caller caller, OrdersDb db, TimeProvider clock, CancellationToken ct)
    {
        var order = await db.Locked(id, caller, ct);
        // As seller or staff, also on an order one placed oneself.
        var actor = new Actor(
            caller.Can(Permissions.OrdersManage) ? "staff" : "seller", caller.AccountId, clock.GetUtcNow());
        var part = actor.Kind == "staff"
            ? null
            : order.Parts.Find(part => caller.CanSome(Permissions.OrdersManage, part))
                ?? throw new RuleException(403, "forbidden", "You may see this order but write nothing on it.");
        if ((await db.Query(
            "select count(*) from order_notes where order_id = $1", row => row.GetInt64(0), ct, id))[0] >= NotesMax)
            throw new RuleException("too_many_notes", $"An order has at most {NotesMax} notes.");
        var note = new OrderNote(
            Guid.CreateVersion7(), part?.Id, part?.CompanyId, actor.Kind, request.Text, request.VisibleToBuyer,
            actor.At);
        db.Run("""
            insert into order_notes (
                order_id, id, part_id, company_id, author, account_id, text, visible_to_buyer, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            id, note.Id, Pg.Uuid(note.PartId), Pg.Uuid(note.CompanyId), note.Author, Pg.Uuid(actor.AccountId),
            note.Text,
            note.VisibleToBuyer, note.CreatedAt);
        if (note.VisibleToBuyer)
            order.Note(part, "note_for_buyer", actor);
        db.Audit(caller, "order.note", "order", id, part?.CompanyId, after: new { note.Id, note.VisibleToBuyer });
        return TypedResults.Created($"/orders/{id}/notes", note);
    }

    private static bool IsFor(OrderNote note, Sight sight, Caller caller) =>
        caller.Can(Permissions.OrdersRead)
        || (note.VisibleToBuyer && !sight.IsSeller)
        || (note.CompanyId is { } company && caller.Can(Permissions.OrdersRead, company));
}

/// <summary>What is written down about an order.</summary>
/// <param name="Text">The note.</param>
/// <param name="VisibleToBuyer">Whether the buyer reads it; by default not.</param>
public sealed record WriteOrderNoteRequest(
    [Required, StringLength(2000, MinimumLength = 1)] string Text, bool VisibleToBuyer = false);

/// <summary>The notes on an order that the caller may read.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Notes">Oldest first.</param>
public sealed record OrderNoteList(Guid OrderId, OrderNote[] Notes);

/// <summary>A note.</summary>
/// <param name="Id">The note.</param>
/// <param name="PartId">The part it is about; null when it is the whole order.</param>
/// <param name="CompanyId">The seller who wrote it; null when staff did.</param>
/// <param name="Author"><c>seller</c> or <c>staff</c>.</param>
/// <param name="Text">What it says.</param>
/// <param name="VisibleToBuyer">Whether the buyer reads it.</param>
/// <param name="CreatedAt">When it was written.</param>
public sealed record OrderNote(
    Guid Id, Guid? PartId, Guid? CompanyId, string Author, string Text, bool VisibleToBuyer, DateTimeOffset CreatedAt)
{
    internal static readonly OrderNote Example = new(
        Guid.Parse("019aa3f4-5a1e-7c16-8a01-0d9e8f7a6b5c"), Examples.PartId, Examples.CompanyId, "seller",
        "It leaves on Monday.", true, Examples.Noon);
}
