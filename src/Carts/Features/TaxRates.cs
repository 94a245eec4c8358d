using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Souk.Carts.Domain;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts.Features;

/// <summary>Sets the tax of a category in a country, or in a region of it. Staff who manage taxes.</summary>
internal static class CreateTaxRate
{
    public static void Map(IEndpointRouteBuilder rates) => rates.MapPost("", Handle)
        .RequirePermission(Permissions.TaxManage)
        .Idempotent()
        .WithSummary("Set the tax of a category in a country")
        .WithDescription("""
            A category without a rate is taxed as standard, a country without rates not at all. A region's rates go before those of
            its country: one with a standard rate is a territory of its own.
            """)
        .Problems("tax_rate_exists", "422 unknown_country", "422 invalid_percent")
        .WithExample(new CreateTaxRateRequest("DE", 19m));

    private static async Task<Saved<Created<TaxRateResponse>>> Handle(
        CreateTaxRateRequest request, Caller caller, HttpContext http, CartsDb db, PriceRules rules, CancellationToken ct)
    {
        if (!Countries.Knows(request.Country))
            throw RuleException.Invalid("/country", "unknown_country", "The country is a code of two capital letters, for example DE.");
        var region = request.Region?.Trim().ToUpperInvariant() ?? "";
        if (await db.TaxRates.AnyAsync(
                rate => rate.Country == request.Country && rate.Region == region && rate.TaxCategory == request.TaxCategory, ct))
            throw new RuleException("tax_rate_exists", "There is a rate of this category in this country or region. Change that one.");
        var rate = new TaxRateRow
        {
            Id = Guid.CreateVersion7(), Country = request.Country, Region = region, TaxCategory = request.TaxCategory,
            Percent = Percents.Checked(request.Percent, "/percent"),
        };
        db.TaxRates.Add(rate);
        db.Audit(caller, "tax_rate.create", "tax_rate", rate.Id, after: request);
        rules.ChangeWith(db);
        ETag.Set(http, rate);
        return Answer.Saved(() => TypedResults.Created($"/tax-rates/{rate.Id}", TaxRateResponse.Of(rate)));
    }
}

/// <summary>Lists the taxes. Staff who manage taxes, and members who manage prices.</summary>
internal static class ListTaxRates
{
    public static void Map(IEndpointRouteBuilder rates) => rates.MapGet("", Handle)
        .RequirePermission(Permissions.TaxManage, Permissions.PricingManage)
        .WithSummary("List tax rates")
        .WithDescription("?country= for one country's only, its regions included.");

    private static async Task<Ok<Page<TaxRateResponse>>> Handle(PageRequest page, string? country, CartsDb db, CancellationToken ct)
    {
        var rates = db.TaxRates.AsNoTracking().Where(rate => country == null || rate.Country == country);
        if (page.After is { } after)
        {
            var last = after.Get<Guid>(0);
            rates = rates.Where(rate => rate.Id > last);
        }
        return TypedResults.Ok(page.Result(await rates.OrderBy(rate => rate.Id).Take(page.Take).ToListAsync(ct), rate => [rate.Id], TaxRateResponse.Of));
    }
}

/// <summary>Shows a tax rate. Staff who manage taxes, and members who manage prices.</summary>
internal static class GetTaxRate
{
    public static void Map(IEndpointRouteBuilder rates) => rates.MapGet("/{id:guid}", Handle)
        .RequirePermission(Permissions.TaxManage, Permissions.PricingManage)
        .WithSummary("Show a tax rate");

    private static async Task<Ok<TaxRateResponse>> Handle(Guid id, HttpContext http, CartsDb db, CancellationToken ct)
    {
        var rate = await db.TaxRates.AsNoTracking().SingleOrDefaultAsync(rate => rate.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Set(http, rate.Version);
        return TypedResults.Ok(TaxRateResponse.Of(rate));
    }
}

/// <summary>Changes the percentage of a tax; orders keep what they were placed with. Staff who manage taxes.</summary>
internal static class ChangeTaxRate
{
    public static void Map(IEndpointRouteBuilder rates) => rates.MapPut("/{id:guid}", Handle)
        .RequirePermission(Permissions.TaxManage)
        .WithSummary("Change a tax rate")
        .Problems("422 invalid_percent");

    private static async Task<Saved<Ok<TaxRateResponse>>> Handle(
        Guid id, ChangeTaxRateRequest request, HttpContext http, Caller caller, CartsDb db, PriceRules rules, CancellationToken ct)
    {
        var rate = await db.TaxRates.SingleOrDefaultAsync(rate => rate.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, rate.Version);
        var before = TaxRateResponse.Of(rate);
        rate.Percent = Percents.Checked(request.Percent, "/percent");
        db.Audit(caller, "tax_rate.change", "tax_rate", id, before: before, after: request);
        rules.ChangeWith(db);
        ETag.Set(http, rate);
        return Answer.Saved(() => TypedResults.Ok(TaxRateResponse.Of(rate)));
    }
}

/// <summary>Ends a tax rate. Staff who manage taxes.</summary>
internal static class DeleteTaxRate
{
    public static void Map(IEndpointRouteBuilder rates) => rates.MapDelete("/{id:guid}", Handle)
        .RequirePermission(Permissions.TaxManage)
        .WithSummary("Delete a tax rate");

    private static async Task<NoContent> Handle(Guid id, HttpContext http, Caller caller, CartsDb db, PriceRules rules, CancellationToken ct)
    {
        var rate = await db.TaxRates.SingleOrDefaultAsync(rate => rate.Id == id, ct) ?? throw RuleException.NotFound();
        ETag.Check(http, rate.Version);
        db.TaxRates.Remove(rate);
        db.Audit(caller, "tax_rate.delete", "tax_rate", id, before: TaxRateResponse.Of(rate));
        rules.ChangeWith(db);
        return TypedResults.NoContent();
    }
}

/// <summary>A new tax rate.</summary>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Percent">0 to 100, at most 4 decimals.</param>
/// <param name="TaxCategory">The category of goods; <c>standard</c> is the country's rate for all that has none of its own.</param>
/// <param name="Region">The state or province, as addresses write it; left out for the whole country.</param>
public sealed record CreateTaxRateRequest(
    [StringLength(2, MinimumLength = 2)] string Country,
    decimal Percent,
    [RegularExpression("[a-z0-9_]{1,40}")] string TaxCategory = "standard",
    [StringLength(100, MinimumLength = 1)] string? Region = null);

/// <summary>The new percentage.</summary>
/// <param name="Percent">0 to 100, at most 4 decimals.</param>
public sealed record ChangeTaxRateRequest(decimal Percent);

/// <summary>A tax rate.</summary>
/// <param name="Id">The rate.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="TaxCategory">The category of goods.</param>
/// <param name="Percent">0 to 100.</param>
/// <param name="Region">The state or province; null for the whole country.</param>
public sealed record TaxRateResponse(Guid Id, string Country, string TaxCategory, decimal Percent, string? Region)
{
    internal static TaxRateResponse Of(TaxRateRow rate) =>
        new(rate.Id, rate.Country, rate.TaxCategory, rate.Percent, rate.Region.Length == 0 ? null : rate.Region);
}

/// <summary>Percentages as people write them: 19, 7.7, 8.875.</summary>
internal static class Percents
{
    private const int DecimalsMax = 4;

    public static decimal Checked(decimal percent, string pointer, decimal min = 0) =>
        percent >= min && percent <= 100 && decimal.Round(percent, DecimalsMax) == percent
            ? percent
            : throw RuleException.Invalid(pointer, "invalid_percent", $"A percentage is a number from {(min > 0 ? "above 0" : "0")} to 100 with at most {DecimalsMax} decimals.");
}
