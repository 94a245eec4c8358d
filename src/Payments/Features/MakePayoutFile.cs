using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>
/// Puts all approved payouts of a currency into a file for the bank: a credit transfer of ISO 20022, <c>pain.001.001.09</c>.
/// Staff who manage payouts may. A payout is in one file only; when the bank has the file, all of it is said to be sent.
/// </summary>
internal static class MakePayoutFile
{
    private const int PayoutsMax = 5_000;

    public static void Map(IEndpointRouteBuilder files)
    {
        files.MapGet("/", List).RequirePermission(Permissions.PayoutsManage).WithSummary("List files for the bank");
        files.MapPost("/", Handle).RequirePermission(Permissions.PayoutsManage).Idempotent(required: true)
            .WithSummary("Make a file for the bank")
            .WithDescription("Of the approved payouts that are in no file, at most 5,000; `GET /payouts?file_id=` lists them.")
            .WithExample(new MakePayoutFileRequest("EUR"))
            .Problems("no_approved_payouts", "payer_account_missing", "422 unsupported_currency");
        files.MapGet("/{id:guid}", Content).RequirePermission(Permissions.PayoutsManage)
            .WithSummary("Download a file for the bank").Produces<string>(StatusCodes.Status200OK, "application/xml")
            .Problems("payer_account_missing");
        files.MapPost("/{id:guid}/sent", Sent).RequirePermission(Permissions.PayoutsManage).Idempotent()
            .WithSummary("Say that the bank has carried out a file")
            .WithDescription("Its payouts that are still approved become sent. One that the bank could not pay is failed by itself.");
    }

    private static async Task<Ok<Page<PayoutFileResponse>>> List(
        PageRequest page, Caller caller, PaymentsDb db, CancellationToken ct)
    {
        page.Sort("-created_at");
        OnlyStaff(caller);
        var files = db.PayoutFiles.AsNoTracking();
        if (page.After?.Get<Guid>(0) is { } after)
            files = files.Where(f => f.Id < after);
        var rows = await files.OrderByDescending(f => f.Id).Take(page.Take).ToListAsync(ct);
        return TypedResults.Ok(page.Result(rows, f => [f.Id], PayoutFileResponse.Of));
    }

    private static async Task<Created<PayoutFileResponse>> Handle(
        MakePayoutFileRequest request, Caller caller, PaymentsDb db, IOptions<PaymentsOptions> options,
        TimeProvider clock,
        CancellationToken ct)
    {
        OnlyStaff(caller);
        if (!Currencies.Knows(request.Currency))
            throw RuleException.Invalid("/currency", "unsupported_currency",
                "Use an ISO 4217 code in upper case, for example EUR.");
        PayoutXml.Require(options.Value);
        var payouts = await db.Payouts
            .Where(p => p.Status == PayoutStatus.Approved && p.Currency == request.Currency && p.FileId == null)
            .OrderBy(p => p.Id).Take(PayoutsMax).ToListAsync(ct);
        if (payouts is [])
            throw new RuleException("no_approved_payouts",
                "No approved payout of this currency waits for a file. Approve some first.");
        var file = new PayoutFile
        {
            Id = Guid.CreateVersion7(), Currency = request.Currency, Payouts = payouts.Count,
            AmountMinor = payouts.Sum(p => p.AmountMinor), CreatedAt = clock.GetUtcNow(),
        };
        db.PayoutFiles.Add(file);
        foreach (var payout in payouts)
            payout.PutInto(file);
        db.Audit(caller, "payout_file.make", "payout_file", file.Id, after: PayoutFileResponse.Of(file));
        return TypedResults.Created($"/payout-files/{file.Id}", PayoutFileResponse.Of(file));
    }

    private static async Task<ContentHttpResult> Content(
        Guid id, Caller caller, PaymentsDb db, IOptions<PaymentsOptions> options, CancellationToken ct)
    {
        OnlyStaff(caller);
        var file = await Find(id, db, ct);
        var payouts = await db.Payouts.AsNoTracking().Where(p => p.FileId == id).OrderBy(p => p.Id).ToListAsync(ct);
        return TypedResults.Text(PayoutXml.Write(file, payouts, options.Value), "application/xml");
    }

    private static async Task<Ok<PayoutFileResponse>> Sent(
        Guid id, Caller caller, PaymentsDb db, TimeProvider clock, CancellationToken ct)
    {
        OnlyStaff(caller);
        var file = await Find(id, db, ct);
        var payouts = await db.Payouts.Where(p => p.FileId == id && p.Status == PayoutStatus.Approved).ToListAsync(ct);
        db.Send(payouts, $"{id:N}", clock.GetUtcNow());
        db.Audit(caller, "payout_file.sent", "payout_file", id, after: new { payouts = payouts.Count });
        return TypedResults.Ok(PayoutFileResponse.Of(file));
    }

    private static async Task<PayoutFile> Find(Guid id, PaymentsDb db, CancellationToken ct) =>
        await db.PayoutFiles.AsNoTracking().SingleOrDefaultAsync(f => f.Id == id, ct) ?? throw RuleException.NotFound();

    private static void OnlyStaff(Caller caller)
    {
        if (!caller.Can(Permissions.PayoutsManage))
            throw new RuleException(403, "forbidden",
                "Files for the bank are for the marketplace's own staff. See GET /payouts.");
    }
}

/// <summary>A file to be made.</summary>
/// <param name="Currency">Of the payouts in it.</param>
public sealed record MakePayoutFileRequest([Required, StringLength(3, MinimumLength = 3)] string Currency);

/// <summary>Payouts that go to the bank together.</summary>
/// <param name="Id">The file; also its message id.</param>
/// <param name="Payouts">How many.</param>
/// <param name="Amount">Their sum.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record PayoutFileResponse(Guid Id, int Payouts, Money Amount, DateTimeOffset CreatedAt)
{
    internal static PayoutFileResponse Of(PayoutFile file) =>
        new(file.Id, file.Payouts, new Money(file.AmountMinor, file.Currency), file.CreatedAt);
}
