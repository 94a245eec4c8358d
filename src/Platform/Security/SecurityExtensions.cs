using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Souk.Platform.Security;

/// <summary>Who calls, and what they may.</summary>
public static class SecurityExtensions
{
    internal static void AddSecurity(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<TokenOptions>("Tokens");
        var services = builder.Services;
        services.AddSingleton<GuestTokens>();
        services.AddSingleton<CallerNetwork>();
        services.AddSingleton<VerificationKeys>();
        services.AddSingleton<RevokedTokens>();
        services.AddSingleton<Callers>();
        services.AddSingleton(provider => new TokenCheck(provider.GetRequiredService<Callers>()));
        services.AddHostedService<RevocationFeed>();
        // Only the core: the whole brings Data Protection, which keeps keys on disk for cookies that nobody has here.
        services.AddAuthenticationCore(options =>
        {
            options.DefaultScheme = SoukAuthentication.SchemeName;
            options.AddScheme<SoukAuthentication>(SoukAuthentication.SchemeName, displayName: null);
        });
        services.AddTransient<SoukAuthentication>();
        services.TryAddSingleton(UrlEncoder.Default);
    }

    /// <summary>Finds the caller and checks the policy of the route. After routing, inside what turns exceptions into problems.</summary>
    public static void UseAccess(this IApplicationBuilder app)
    {
        app.UseAuthentication();
        app.UseMiddleware<AccessMiddleware>();
    }
}
