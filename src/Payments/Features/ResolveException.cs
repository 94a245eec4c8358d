using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Lists what does not agree between settlements and the ledger, and resolves it with a note. Whoever reads the ledger sees it;
/// staff who manage payments resolve it. What a later file has after all is resolved by that.
/// </summary>
internal static class ResolveException
{
    private const string Columns = """
        e.id, e.settlement_id, e.line, e.type, e.payment_id, e.reference, e.reason, e.said_minor, e.expected_minor,
        s.currency, e.status,
        e.note, e.created_at, e.resolved_at
        """;

    public static void Map(IEndpointRouteBuilder settlements)
    {
        settlements.MapGet("/exceptions", List).RequirePermission(Permissions.LedgerRead)
            .WithSummary("List what does not agree")
            .WithDescription("`reason`: unknown (the ledger has no such thing), wrong_amount, wrong_currency, "
                + "settled_before, missing (captured or refunded in the time of the file, and in none). Filters: `status` "
                + "(open, resolved), `settlement_id`.");
        settlements.MapPost("/exceptions/{id:guid}/resolve",
            Handle).RequirePermission(Permissions.PaymentsManage).Idempotent()
            .WithSummary("Resolve what does not agree")
            .WithDescription("With `accept` what the gateway said stands: the difference is booked. Without it only "
                + "the note is kept, for what another file or the gateway puts right.")
            .WithExample(new ResolveExceptionRequest("The gateway kept a fee of 0.20.", Accept: true))
            .Problems("already_resolved");
    }

    private static async Task<Ok<Page<SettlementExceptionResponse>>> List(
        [AllowedValues("open", "resolved", null)] string? status,
            [FromQuery(Name = "settlement_id")] Guid? settlementId,
        PageRequest page, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("-created_at");
        var conditions = new Conditions().AndIf("e.status = ?", status).AndIf("e.settlement_id = ?", settlementId);
        if (page.After is { } after)
            conditions.And("e.id < ?", after.Get<Guid>(0));
        var rows = await db.Query($"""
            select {Columns} from settlement_exceptions e
                join settlements s on s.id = e.settlement_id {conditions.Where}
             order by e.id desc limit {page.Take}
            """, Show, ct, conditions.Args);
        return TypedResults.Ok(page.Result(rows, row => [row.Id]));
    }

    private static async Task<Ok<SettlementExceptionResponse>> Handle(
        Guid id, ResolveExceptionRequest request, Caller caller, PaymentsDb db, TimeProvider clock,
        CancellationToken ct)
    {
        if (!caller.Can(Permissions.PaymentsManage))
            throw RuleException.NotFound();
        var found = await db.Query($"""
            select {Columns} from settlement_exceptions e join settlements s on s.id = e.settlement_id
                where e.id = $1 for update of e
            """, Show, ct, id);
        if (found is not [var exception])
            throw RuleException.NotFound();
        if (exception.Status != "open")
            throw new RuleException("already_resolved", "This was resolved before. Read it to see how.");
        db.Run("""
            update settlement_exceptions set status = 'resolved', resolved_at = now(), note = $2, account_id = $3,
            booked = $4
             where id = $1
            """, id, request.Note, Pg.Uuid(caller.AccountId), request.Accept);
        if (request.Accept)
        {
            db.Post((Journal.Accepted(exception.SettlementId, id, exception.Said.Amount, exception.Expected.Amount),
                exception.Said.Currency));
            // What was expected is settled by this; a line about it in a later file was settled before.
            if (exception.Expected.Amount != 0)
                db.Run("insert into settled (type, reference, settlement_id) values ($1, $2, $3)",
                    exception.Type, exception.Reference, exception.SettlementId);
        }
        var resolved = exception with { Status = "resolved", Note = request.Note, ResolvedAt = clock.GetUtcNow() };
        db.Audit(caller, "settlement_exception.resolve", "settlement_exception", id, after: new { request.Accept },
            reason: request.Note);
        return TypedResults.Ok(resolved);
    }

    private static SettlementExceptionResponse Show(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetInt32(2), row.GetString(3), row.GetGuid(4),
        row.GetString(5),
        row.GetString(6), new Money(row.GetInt64(7), row.GetString(9)), new Money(row.GetInt64(8), row.GetString(9)),
        row.GetString(10), row.IsDBNull(11) ? null : row.GetString(11), row.GetFieldValue<DateTimeOffset>(12),
        row.IsDBNull(13) ? null : row.GetFieldValue<DateTimeOffset>(13));
}

/// <summary>How something that does not agree is resolved.</summary>
/// <param name="Note">What was found.</param>
/// <param name="Accept">Whether what the gateway said stands, and the difference is booked.</param>
public sealed record ResolveExceptionRequest([Required, StringLength(500, MinimumLength = 1)] string Note,
    bool Accept = false);

/// <summary>Something that does not agree between a settlement and the ledger.</summary>
/// <param name="Id">The exception.</param>
/// <param name="SettlementId">The file it was found with.</param>
/// <param name="Line">The line of the file; null for what is missing there.</param>
/// <param name="Type">capture, refund, dispute.</param>
/// <param name="PaymentId">The payment, as the file says.</param>
/// <param name="Reference">What the line is about.</param>
/// <param name="Reason">unknown, wrong_amount, wrong_currency, settled_before, missing.</param>
/// <param name="Said">What the file says, as it adds to its sum; 0 for what is missing.</param>
/// <param name="Expected">What the ledger expects, in the same way; 0 for what it does not.</param>
/// <param name="Status">open or resolved.</param>
/// <param name="Note">What was found.</param>
/// <param name="CreatedAt">When the file was taken.</param>
/// <param name="ResolvedAt">When it was resolved.</param>
public sealed record SettlementExceptionResponse(
    Guid Id, Guid SettlementId, int? Line, string Type, Guid PaymentId, string Reference, string Reason, Money Said,
    Money Expected,
    string Status, string? Note, DateTimeOffset CreatedAt, DateTimeOffset? ResolvedAt);
