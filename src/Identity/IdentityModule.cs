using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Contracts.Identity;
using Souk.Contracts.Orders;
using Souk.Identity.Events;
using Souk.Identity.Features;
using Souk.Identity.Jobs;
using Souk.Identity.SignIn;
using Souk.Platform;

namespace Souk.Identity;

/// <summary>Accounts, sign-in, tokens, companies with their shops, members and API keys.</summary>
public sealed class IdentityModule : IModule
{
    /// <inheritdoc />
    public string Name => "identity";

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.AddService<IdentityDb>(Name)
            .Owns<CompanyChanged>("companies", "id", States.OfCompanies)
            .Owns<ShopChanged>("shops", "id", States.OfShops)
            .On<OrderPlaced, OnOrderPlaced>(hurry: false)
            .On<OrderConfirmed, OnOrderConfirmed>(hurry: false)
            .On<OrderCancelled, OnOrderOver>(hurry: false)
            .On<OrderRefused, OnOrderOver>(hurry: false)
            .On<PartDelivered, OnOrderOver>(hurry: false)
            .On<PartCancelled, OnOrderOver>(hurry: false)
            .Job<TurnSigningKeys>(TimeSpan.FromMinutes(1))
            .Job<PurgeIdentity>(PurgeIdentity.Every);
        builder.AddValidatedOptions<IdentityOptions>("Identity");
        var services = builder.Services;
        services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
        services.AddOptions<IdentityOptions>().Validate(
            options => !builder.Environment.IsProduction() || options.PasswordIterations >= IdentityOptions.PasswordIterationsSafe,
            $"Identity:PasswordIterations is below {IdentityOptions.PasswordIterationsSafe}, which Production does not accept.");

        services.AddSingleton<IIdentityApi, IdentityApi>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<SignIn.RefreshTokens>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<Credentials>();
        services.AddSingleton<SignInDelays>();
        services.AddSingleton<Devices>();
        services.AddSingleton<Challenges>();
        services.AddSingleton<Links>();
        services.AddSingleton(provider => new AdminInvitations(
            provider.GetRequiredService<IServiceScopeFactory>(), provider.GetRequiredService<Links>(), provider.GetRequiredService<TimeProvider>()));
        services.AddScoped<LinkMail>();
        services.AddScoped<Founding>();
        services.AddScoped<Registration>();
        services.AddScoped<PasswordSignIn>();
        services.AddScoped<SignIns>();
        services.AddScoped<SecondStep>();
        services.AddScoped<ProfileChanges>();
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        GetKeys.Map(routes);

        var auth = routes.MapGroup("/auth").WithTags("Sign-in");
        Register.Map(auth);
        VerifyEmail.Map(auth);
        Login.Map(auth);
        LoginSecondStep.Map(auth);
        Refresh.Map(auth);
        Logout.Map(auth);
        ValidateToken.Map(auth);

        var profile = routes.MapGroup("/profile").WithTags("Profile");
        Profile.Map(profile);
        PasswordReset.Map(profile);
        ChangePassword.Map(profile);
        Addresses.Map(profile);
        TwoStepSignIn.Map(routes);

        ListAccounts.Map(routes);
        InviteStaff.Map(routes);
        Accounts.Map(routes);
        var companies = routes.MapGroup("/companies").WithTags("Companies");
        Companies.Map(companies);
        Shops.Map(companies);
        Members.Map(companies);
        Invitations.Map(companies);
        ReadRoles.Map(routes);
        WriteRoles.Map(routes);
        ApiKeys.Map(routes);
        ListAudit.Map(routes);
        Aliases.Map(routes);
    }
}
