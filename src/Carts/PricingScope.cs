using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts;

/// <summary>Who may see and change delivery methods and promotions: members of the company that owns them, and the marketplace's staff.</summary>
internal static class PricingScope
{
    /// <summary>Whose a new one is: the company that was named, the caller's only one, or the marketplace's (null) when staff named none.</summary>
    public static Guid? OwnerOfNew(Caller caller, Guid? companyId)
    {
        if (companyId is { } named)
            return caller.Can(Permissions.PricingManage, named)
                ? named
                : throw RuleException.Invalid("/company_id", "unknown_company", "Name a company for which you manage prices.");
        if (caller.Can(Permissions.PricingManage))
            return null;
        var own = caller.CompaniesWith(Permissions.PricingManage);
        return own.Length == 1
            ? own[0]
            : throw new RuleException(422, "company_required", "You manage prices for several companies. Say which by company_id.",
                new FieldError("/company_id", "company_required", "Name one of the companies."))
            {
                More = { ["companies"] = own },
            };
    }

    /// <summary>Refuses who may not change it, as if it were not there; and to give it to another owner.</summary>
    public static void Check(Caller caller, Guid? companyId, Guid? asked = null)
    {
        if (!(companyId is { } id ? caller.Can(Permissions.PricingManage, id) : caller.Can(Permissions.PricingManage)))
            throw RuleException.NotFound();
        if (asked is not null && asked != companyId)
            throw RuleException.Invalid("/company_id", "company_fixed", "The owner does not change. Leave company_id out, or make a new one.");
    }
}
