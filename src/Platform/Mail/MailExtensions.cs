using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Souk.Platform.Mail;

/// <summary>Outgoing mail.</summary>
public static class MailExtensions
{
    /// <summary>Registers <see cref="SmtpMailer" /> and its settings, for the service that sends.</summary>
    public static void AddMail(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<MailOptions>("Mail");
        builder.Services.AddSingleton<SmtpMailer>();
    }
}
