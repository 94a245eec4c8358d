using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Souk.Contracts.Carts;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Keeps a contact for later orders. Every account, for itself. A contact is never changed: a new one replaces it.</summary>
internal static class CreateContact
{
    public static void Map(IEndpointRouteBuilder contacts) => contacts.MapPost("", Handle)
        .RequireSignIn()
        .Idempotent()
        .WithSummary("Keep a contact")
        .WithDescription("Name, e-mail, phone and addresses, to be used by contact_id. It is never changed; keep a new one instead.")
        .Problems("422 invalid_contact")
        .WithExample(new ContactRequest("Ada Lovelace", "ada@example.com", new AddressRequest("12 St James's Square", "London", "GB", "SW1Y 4JH")));

    private static Created<ContactResponse> Handle(ContactRequest request, Caller caller, CartsDb db, TimeProvider clock)
    {
        var (id, card) = (Guid.CreateVersion7(), request.Card(""));
        db.Run(
            "insert into contacts (id, account_id, kept, card) values ($1, $2, true, $3)",
            id, Pg.Uuid(caller.AccountId), Pg.Jsonb(JsonSerializer.Serialize(card, Json.Events)));
        return TypedResults.Created($"/contacts/{id}", ContactResponse.Of(id, card, clock.GetUtcNow()));
    }
}

/// <summary>Lists the contacts that the caller's account keeps.</summary>
internal static class ListContacts
{
    public static void Map(IEndpointRouteBuilder contacts) => contacts.MapGet("", Handle)
        .RequireSignIn()
        .WithSummary("List the contacts you keep");

    private static async Task<Ok<Page<ContactResponse>>> Handle(PageRequest page, Caller caller, CartsDb db, CancellationToken ct)
    {
        var rows = await db.Query(
            """
            select id, card::text, created_at from contacts
             where account_id = $1 and kept and card is not null and ($2::uuid is null or id < $2) order by id desc limit $3
            """,
            ContactResponse.Read, ct, Pg.Uuid(caller.AccountId), Pg.Uuid(page.After?.Get<Guid>(0)), page.Take);
        return TypedResults.Ok(page.Result(rows, row => [row.Id]));
    }
}

/// <summary>
/// Shows a contact: one that the caller's account keeps, or that of an order of theirs. A guest sees the contact of the order
/// whose token they hold; staff who read orders see all.
/// </summary>
internal static class GetContact
{
    public static void Map(IEndpointRouteBuilder contacts) => contacts.MapGet("/{id:guid}", Handle)
        .AllowGuests()
        .WithSummary("Show a contact");

    private static async Task<Ok<ContactResponse>> Handle(Guid id, Caller caller, HttpContext http, CartsDb db, CancellationToken ct)
    {
        var rows = await db.Query(
            "select id, card::text, created_at from contacts where id = $1 and card is not null and (account_id = $2 or id = $3 or $4)",
            ContactResponse.Read, ct, id, Pg.Uuid(caller.AccountId), Pg.Uuid(caller.OrderId), caller.Can(Permissions.OrdersRead));
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(rows.Count == 1 ? rows[0] : throw RuleException.NotFound());
    }
}

/// <summary>A contact.</summary>
/// <param name="Id">The contact.</param>
/// <param name="Name">First and last name.</param>
/// <param name="Email">Where mail about the order goes.</param>
/// <param name="Phone">For the carrier.</param>
/// <param name="Shipping">Where it goes.</param>
/// <param name="Billing">Where the invoice goes; null when it is the same.</param>
/// <param name="Locale">Language of the mails; null when that was not said.</param>
/// <param name="CreatedAt">Since when it is kept.</param>
public sealed record ContactResponse(
    Guid Id, string Name, string Email, string? Phone, PostalAddress Shipping, PostalAddress? Billing, string? Locale,
    DateTimeOffset CreatedAt)
{
    internal static ContactResponse Of(Guid id, ContactCard card, DateTimeOffset createdAt) =>
        new(id, card.Name, card.Email, card.Phone, card.Shipping, card.Billing, card.Locale, createdAt);

    internal static ContactResponse Read(NpgsqlDataReader row) =>
        Of(row.GetGuid(0), JsonSerializer.Deserialize<ContactCard>(row.GetString(1), Json.Events)!, row.GetFieldValue<DateTimeOffset>(2));
}
