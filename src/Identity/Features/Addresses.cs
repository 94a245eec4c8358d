using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Identity.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>The caller's address book. Nobody else's: another's address is not there.</summary>
internal static class Addresses
{
    private const int CountMax = 50;

    public static void Map(IEndpointRouteBuilder profile)
    {
        var addresses = profile.MapGroup("/me/addresses");
        addresses.MapGet("", List).RequireSignIn().WithSummary("Your addresses");
        addresses.MapPost("", Create).RequireSignIn().Idempotent()
            .WithSummary("Add an address")
            .Problems("too_many_addresses")
            .WithExample(new AddressRequest("Ann Lee", "Mint Street 3", "Berlin", "10115", "DE", IsDefault: true));
        addresses.MapGet("/{id:guid}", Get).RequireSignIn().WithSummary("One of your addresses");
        addresses.MapPut("/{id:guid}", Put).RequireSignIn().WithSummary("Change an address").Problems("412 stale");
        addresses.MapDelete("/{id:guid}", Delete).RequireSignIn().WithSummary("Remove an address").Problems("412 stale");
    }

    private static async Task<Page<AddressResponse>> List(Caller caller, IdentityDb db, PageRequest page, CancellationToken ct)
    {
        var id = caller.Person();
        var rows = await db.Addresses.AsNoTracking().Where(a => a.AccountId == id).InOrder(page, a => a.CreatedAt, a => a.Id).ToListAsync(ct);
        return page.Result(rows, a => [a.CreatedAt, a.Id], a => AddressResponse.Of(a));
    }

    private static async Task<AddressResponse> Get(Guid id, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        var address = await Find(id, caller, db, ct);
        ETag.Set(http, address.Version);
        return AddressResponse.Of(address);
    }

    private static async Task<Created<AddressResponse>> Create(
        AddressRequest request, Caller caller, IdentityDb db, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var account = caller.Person();
        // The account's row is the lock under which there is one default and no more than the limit.
        db.Ask("select 1 from accounts where id = $1 for no key update", _ => { }, account);
        if (await db.Addresses.CountAsync(a => a.AccountId == account, ct) >= CountMax)
            throw new RuleException("too_many_addresses", $"An address book has at most {CountMax} addresses. Remove one first.");
        var address = new Address
        {
            AccountId = account,
            Name = request.Name,
            Line1 = request.Line1,
            City = request.City,
            Postcode = request.Postcode,
            Country = request.Country,
            CreatedAt = clock.Now(),
        };
        await Fill(db, address, request, ct);
        db.Addresses.Add(address);
        ETag.Set(http, address);
        return TypedResults.Created($"/profile/me/addresses/{address.Id}", AddressResponse.Of(address, 1));
    }

    private static async Task<AddressResponse> Put(
        Guid id, AddressRequest request, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        db.Ask("select 1 from accounts where id = $1 for no key update", _ => { }, caller.Person());
        var address = await Find(id, caller, db, ct);
        ETag.Check(http, address.Version);
        (address.Name, address.Line1, address.City) = (request.Name, request.Line1, request.City);
        (address.Postcode, address.Country) = (request.Postcode, request.Country);
        await Fill(db, address, request, ct);
        ETag.Set(http, address);
        return AddressResponse.Of(address, db.Entry(address).State == EntityState.Modified ? address.Version + 1 : address.Version);
    }

    private static async Task<NoContent> Delete(Guid id, Caller caller, IdentityDb db, HttpContext http, CancellationToken ct)
    {
        var address = await Find(id, caller, db, ct);
        ETag.Check(http, address.Version);
        db.Addresses.Remove(address);
        return TypedResults.NoContent();
    }

    private static async Task<Address> Find(Guid id, Caller caller, IdentityDb db, CancellationToken ct)
    {
        var account = caller.Person();
        return await db.Addresses.SingleOrDefaultAsync(a => a.Id == id && a.AccountId == account, ct) ?? throw RuleException.NotFound();
    }

    private static async Task Fill(IdentityDb db, Address address, AddressRequest request, CancellationToken ct)
    {
        (address.Label, address.Company, address.Line2, address.Region, address.Phone) =
            (request.Label, request.Company, request.Line2, request.Region, request.Phone);
        // At once, not with the save: there the new default could come before the old one goes.
        if (request.IsDefault)
            await db.Execute("""
                update addresses set is_default = false, version = version + 1 where account_id = $1 and id <> $2 and is_default
                """, ct, address.AccountId, address.Id);
        address.IsDefault = request.IsDefault;
    }
}

/// <summary>An address.</summary>
/// <param name="Name">Who lives there.</param>
/// <param name="Line1">Street and number.</param>
/// <param name="City">City.</param>
/// <param name="Postcode">Postcode.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Label">What you call it, for example <c>home</c>.</param>
/// <param name="Company">Company at the address.</param>
/// <param name="Line2">More of the street.</param>
/// <param name="Region">State or province.</param>
/// <param name="Phone">Phone number for the carrier.</param>
/// <param name="IsDefault">Whether it is offered first. One address is.</param>
public sealed record AddressRequest(
    [Required, StringLength(200), RegularExpression(Patterns.OneLine)] string Name,
    [Required, StringLength(200), RegularExpression(Patterns.OneLine)] string Line1,
    [Required, StringLength(100), RegularExpression(Patterns.OneLine)] string City,
    [Required, StringLength(20), RegularExpression(Patterns.OneLine)] string Postcode,
    [Required, RegularExpression(Patterns.Country)] string Country,
    [StringLength(50), RegularExpression(Patterns.OneLine)] string? Label = null,
    [StringLength(200), RegularExpression(Patterns.OneLine)] string? Company = null,
    [StringLength(200), RegularExpression(Patterns.OneLine)] string? Line2 = null,
    [StringLength(100), RegularExpression(Patterns.OneLine)] string? Region = null,
    [RegularExpression(Patterns.Phone)] string? Phone = null,
    bool IsDefault = false);

/// <summary>An address of the book.</summary>
public sealed record AddressResponse(
    Guid Id, string? Label, string Name, string? Company, string Line1, string? Line2, string City, string? Region, string Postcode,
    string Country, string? Phone, bool IsDefault, DateTimeOffset CreatedAt, long Version)
{
    internal static AddressResponse Of(Address address, long? version = null) => new(
        address.Id, address.Label, address.Name, address.Company, address.Line1, address.Line2, address.City, address.Region,
        address.Postcode, address.Country, address.Phone, address.IsDefault, address.CreatedAt, version ?? address.Version);
}
