using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// Registers an account of any kind but staff. Everybody may. Company kinds found a company, unless an invitation names one.
/// The answer is the same when the address is already registered; its owner gets a mail then, and nothing is made.
/// </summary>
internal static class Register
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/register", Handle)
        .AllowGuests()
        .Idempotent()
        .WithSummary("Register an account")
        .WithDescription("""
            A `company` founds a seller company (with a shop when `shop_name` is given), a `shop` founds a company and a shop of
            its name, a `warehouse` founds a warehouse operator. With an `invitation` the account joins that company instead.
            A verification link is mailed. The answer does not tell whether the address had an account before: if it had,
            nothing is made and its owner is told by mail.
            """)
        .Problems("username_taken", "shop_name_taken", "422 password_too_short", "422 password_too_long",
            "422 password_common", "422 invalid_email", "422 invalid_username", "429 busy_hashing")
        .WithExample(new RegisterRequest("customer", "ann@example.com", "three cups of mint tea", Username: "ann", FirstName: "Ann", LastName: "Lee"));

    private static async Task<Created<RegisterResponse>> Handle(RegisterRequest request, Registration registration, CancellationToken ct) =>
        TypedResults.Created("/profile/me", await registration.Run(request, ct));
}

/// <summary>Who registers.</summary>
/// <param name="Kind"><c>customer</c>, <c>company</c>, <c>shop</c>, <c>warehouse</c> or <c>affiliate</c>.</param>
/// <param name="Email">Where mail goes; unique by exact local part and lower-case domain.</param>
/// <param name="Password">15 to 256 characters of any kind.</param>
/// <param name="Username">A name to sign in with besides the address; 3 to 40 of letters, digits, <c>. _ -</c>.</param>
/// <param name="FirstName">First name.</param>
/// <param name="LastName">Last name.</param>
/// <param name="Phone">Phone number.</param>
/// <param name="Locale">Language of mails, BCP 47; <c>en</c> by default.</param>
/// <param name="CompanyName">Name of the company that is founded; company and warehouse need it.</param>
/// <param name="ShopName">Name of the shop that is opened; a shop needs it, a company may have it.</param>
/// <param name="Country">Where the company sits, ISO 3166-1 alpha-2; needed when one is founded.</param>
/// <param name="TaxId">The company's tax number.</param>
/// <param name="Invitation">Token of an invitation to a company.</param>
public sealed record RegisterRequest(
    [Required, AllowedValues("customer", "company", "shop", "warehouse", "affiliate")] string Kind,
    [Required, StringLength(320)] string Email,
    [Required, StringLength(4096)] string Password,
    [StringLength(40)] string? Username = null,
    [StringLength(100), RegularExpression(Patterns.OneLine)] string? FirstName = null,
    [StringLength(100), RegularExpression(Patterns.OneLine)] string? LastName = null,
    [RegularExpression(Patterns.Phone)] string? Phone = null,
    [RegularExpression(Patterns.Locale)] string? Locale = null,
    [StringLength(200, MinimumLength = 1), RegularExpression(Patterns.OneLine)] string? CompanyName = null,
    [StringLength(200, MinimumLength = 1), RegularExpression(Patterns.OneLine)] string? ShopName = null,
    [RegularExpression(Patterns.Country)] string? Country = null,
    [StringLength(50), RegularExpression(Patterns.OneLine)] string? TaxId = null,
    [StringLength(100)] string? Invitation = null);

/// <summary>What was registered.</summary>
/// <param name="Account">The account.</param>
/// <param name="CompanyId">The company it founded or joined; null when there is none.</param>
/// <param name="ShopId">The shop that was opened; null when there is none.</param>
public sealed record RegisterResponse(AccountResponse Account, Guid? CompanyId, Guid? ShopId);
