using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Payments.Gateways;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Takes a gateway's settlement file and compares it with the ledger: what agrees is settled, the rest is listed. Staff who
/// manage payments may; whoever reads the ledger sees what came of it. The same file is taken once.
/// </summary>
internal static class TakeSettlement
{
    private const string Columns =
        "id, gateway, currency, lines, matched, gross_minor, fees_minor, from_at, to_at, created_at";

    public static void Map(IEndpointRouteBuilder settlements)
    {
        settlements.MapGet("/", List).RequirePermission(Permissions.LedgerRead).WithSummary("List settlements");
        settlements.MapGet("/{id:guid}",
            One).RequirePermission(Permissions.LedgerRead).WithSummary("Show a settlement");
        settlements.MapPost("/", Handle).RequirePermission(Permissions.PaymentsManage).Idempotent(required: true)
            .WithSummary("Take a gateway's settlement file")
            .WithDescription("CSV with the columns `type` (capture, refund, dispute), `payment` (our id), `reference` "
                + "(of a capture the payment again, of a refund the key we gave, of a dispute the gateway's name of it), "
                + "`amount` and `fee` (in major units, not negative), `currency`, `at`. One currency, at most 5,000 "
                + "lines. A file that was taken before is answered with 200 and what came of it then.")
            .Accepts<string>("text/csv").Produces<SettlementResponse>(StatusCodes.Status201Created)
            .Problems("422 unknown_gateway", "422 invalid_csv", "422 too_many_lines")
            .WithExample(
                "type,payment,reference,amount,fee,currency,at\n"
                + "capture,0198c5a0-0000-7000-8000-000000000001,0198c5a0-0000-7000-8000-000000000001,"
                + "49.90,1.75,EUR,2026-01-31T12:00:00Z\n");
    }

    private static async Task<Ok<Page<SettlementResponse>>> List(PageRequest page, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("-created_at");
        var conditions = new Conditions();
        if (page.After is { } after)
            conditions.And("id < ?", after.Get<Guid>(0));
        var rows = await db.Query(
            $"select {Columns} from settlements {conditions.Where} order by id desc limit {page.Take}", Show, ct,
            conditions.Args);
        return TypedResults.Ok(page.Result(rows, row => [row.Id]));
    }

    private static async Task<Ok<SettlementResponse>> One(Guid id, PaymentsDb db, CancellationToken ct) =>
        await db.Query($"select {Columns} from settlements where id = $1", Show, ct, id) is [var found]
            ? TypedResults.Ok(found)
            : throw RuleException.NotFound();

    private static async Task<Results<Created<SettlementResponse>, Ok<SettlementResponse>>> Handle(
        [Required, StringLength(50, MinimumLength = 1)] string gateway, HttpRequest request, Caller caller,
            GatewayChoice gateways,
        PaymentsDb db, TimeProvider clock, CancellationToken ct)
    {
        if (!caller.Can(Permissions.PaymentsManage))
            throw new RuleException(403, "forbidden", "Settlements are for the marketplace's own staff.");
        if (gateways.Find(gateway) is null)
            throw RuleException.Invalid("?gateway", "unknown_gateway", "There is no gateway of this name.");
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(ct);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        var before = await db.Query(
            $"select {Columns} from settlements where gateway = $1 and hash = $2", Show, ct, gateway, hash);
        if (before is [var known])
            return TypedResults.Ok(known);
        var lines = SettlementCsv.Read(text);
        var settlement = Settlement.Of(lines, await db.Booked(gateway, lines, ct));
        await db.FindMissing(gateway, settlement, ct);
        var now = clock.GetUtcNow();
        db.Add(settlement, gateway, hash, now);
        var shown = new SettlementResponse(
            settlement.Id, gateway, lines.Count, settlement.Matched.Count,
            new Money(settlement.GrossMinor, settlement.Currency),
            new Money(settlement.FeesMinor, settlement.Currency), lines.Min(l => l.At), lines.Max(l => l.At), now);
        db.Audit(caller, "settlement.take", "settlement", settlement.Id, after: shown);
        return TypedResults.Created($"/settlements/{settlement.Id}", shown);
    }

    private static SettlementResponse Show(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetInt32(3), row.GetInt32(4),
        new Money(row.GetInt64(5), row.GetString(2)),
        new Money(row.GetInt64(6), row.GetString(2)), row.GetFieldValue<DateTimeOffset>(7),
        row.GetFieldValue<DateTimeOffset>(8),
        row.GetFieldValue<DateTimeOffset>(9));
}

/// <summary>What came of a gateway's settlement file.</summary>
/// <param name="Id">The settlement.</param>
/// <param name="Gateway">Whose it is.</param>
/// <param name="Lines">How many it has.</param>
/// <param name="Matched">How many of them agree; the others are in <c>/settlements/exceptions</c>.</param>
/// <param name="Gross">Captures less refunds and disputes, as the file says.</param>
/// <param name="Fees">What the gateway keeps.</param>
/// <param name="FromAt">Its first time.</param>
/// <param name="ToAt">Its last.</param>
/// <param name="CreatedAt">When it was taken.</param>
public sealed record SettlementResponse(
    Guid Id, string Gateway, int Lines, int Matched, Money Gross, Money Fees, DateTimeOffset FromAt,
    DateTimeOffset ToAt,
    DateTimeOffset CreatedAt);
