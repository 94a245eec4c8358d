using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Notifications.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Addresses that get no mail, because mail to them bounced, because they complained, or because staff added them. Shown
/// masked, found by the address. Lifting one lets mail go there again. Staff.
/// </summary>
internal static class EmailSuppressions
{
    private const string Columns = "id, recipient, reason, detail, mail_id, account_id, created_at";

    private static readonly EmailSuppression Example = new(
        new Guid("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), "a***@example.com", "bounce", "550 5.1.1 no such user", null,
        null,
        new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/email-suppressions", List)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("List addresses that get no mail")
            .WithDescription(
                "Newest first. Filters: `recipient` (the whole address), `reason` (`bounce`, `complaint`, `staff`).")
            .WithExample(response: new Page<EmailSuppression>([Example], null));
        routes.MapGet("/email-suppressions/{id:guid}", One)
            .RequirePermission(Permissions.EmailsRead)
            .WithSummary("Read why an address gets no mail")
            .WithExample(response: Example);
        routes.MapPost("/email-suppressions", Add)
            .RequirePermission(Permissions.EmailsManage)
            .Idempotent()
            .WithSummary("Send no more mail to an address")
            .Problems("already_exists")
            .WithExample(new AddEmailSuppressionRequest("anna@example.com", "She asked us to, by phone."), Example);
        routes.MapDelete("/email-suppressions/{id:guid}", Lift)
            .RequirePermission(Permissions.EmailsManage)
            .WithSummary("Let mail go to an address again");
    }

    private static async Task<Page<EmailSuppression>> List(
        [EmailAddress, StringLength(254)] string? recipient,
        [AllowedValues(null, "bounce", "complaint", "staff")] string? reason,
        PageRequest page, AddressKeys addresses, NotificationsDb db, CancellationToken ct)
    {
        page.Sort("-created_at");
        var rows = await db.Query($"""
            select {Columns} from suppressions
             where ($1::uuid is null or address_key = $1) and ($2::text is null or reason = $2)
               and ($3::uuid is null or id < $3)
             order by id desc limit $4
            """,
            Read, ct, Pg.Uuid(recipient is null ? null : addresses.Of(recipient)), Pg.Text(reason),
            Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return page.Result(rows, row => [row.Id]);
    }

    private static async Task<EmailSuppression> One(Guid id, NotificationsDb db, CancellationToken ct) =>
        await db.Query($"select {Columns} from suppressions where id = $1", Read, ct, id) is [var found]
            ? found
            : throw RuleException.NotFound();

    private static async Task<Created<EmailSuppression>> Add(
        AddEmailSuppressionRequest request, Caller caller, AddressKeys addresses, NotificationsDb db,
        CancellationToken ct)
    {
        var added = await db.Query($"""
            insert into suppressions (id, address_key, recipient, reason, detail, account_id)
            values ($1, $2, $3, 'staff', $4, $5)
            on conflict (address_key) do nothing returning {Columns}
            """,
            Read, ct, Guid.CreateVersion7(), addresses.Of(request.Recipient), Masks.Address(request.Recipient),
            Pg.Text(Masks.Addresses(request.Detail)), Pg.Uuid(caller.AccountId));
        if (added is not [var made])
            throw new RuleException("already_exists", "This address gets no mail already.");
        db.Audit(
            caller, "email_suppression.add", "email_suppression", made.Id, after: new { made.Recipient, made.Detail });
        return TypedResults.Created($"/email-suppressions/{made.Id}", made);
    }

    private static async Task<NoContent> Lift(Guid id, Caller caller, NotificationsDb db, CancellationToken ct)
    {
        var gone = await db.Query($"delete from suppressions where id = $1 returning {Columns}", Read, ct, id);
        if (gone is not [var lifted])
            throw RuleException.NotFound();
        db.Audit(
            caller, "email_suppression.lift", "email_suppression", id,
            before: new { lifted.Recipient, lifted.Reason, lifted.Detail });
        return TypedResults.NoContent();
    }

    private static EmailSuppression Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3),
        row.IsDBNull(4) ? null : row.GetGuid(4), row.IsDBNull(5) ? null : row.GetGuid(5),
        row.GetFieldValue<DateTimeOffset>(6));
}

/// <summary>An address that is to get no more mail.</summary>
/// <param name="Recipient">The address.</param>
/// <param name="Detail">Why; addresses in it are masked.</param>
public sealed record AddEmailSuppressionRequest(
    [property: Required, EmailAddress, StringLength(254)] string Recipient,
    [property: StringLength(300)] string? Detail = null);

/// <summary>An address that gets no mail.</summary>
/// <param name="Id">The entry.</param>
/// <param name="Recipient">The address, masked.</param>
/// <param name="Reason"><c>bounce</c>, <c>complaint</c> or <c>staff</c>.</param>
/// <param name="Detail">What its server, or staff, said.</param>
/// <param name="EmailId">The e-mail that bounced.</param>
/// <param name="AccountId">Who of the staff added it.</param>
/// <param name="CreatedAt">Since when.</param>
public sealed record EmailSuppression(
    Guid Id, string Recipient, string Reason, string? Detail, Guid? EmailId, Guid? AccountId, DateTimeOffset CreatedAt);
