using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Contracts.Carts;
using Souk.Contracts.Identity;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Contracts.Payments;
using Souk.Notifications.Events;
using Souk.Notifications.Features;
using Souk.Notifications.Jobs;
using Souk.Notifications.Templates;
using Souk.Platform;
using Souk.Platform.Mail;

namespace Souk.Notifications;

/// <summary>E-mail and the inbox: templates, the send log, what goes out, and what people want to hear of.</summary>
public sealed class NotificationsModule : IModule
{
    /// <inheritdoc />
    public string Name => "notifications";

    /// <inheritdoc />
    public IReadOnlyList<Type> Asks => [typeof(IIdentityApi), typeof(ICartsApi)];

    /// <inheritdoc />
    public void AddServices(IHostApplicationBuilder builder)
    {
        builder.Services.AddValidation(); // Covers this assembly only; the host cannot do it for us.
        builder.AddMail();
        builder.Services.AddSingleton<Renderer>();
        builder.Services.AddSingleton<UnsubscribeLinks>();
        builder.Services.AddSingleton<AddressKeys>();
        builder.Services.AddSingleton<StockWatchLinks>();
        builder.Services.AddScoped<Queue>();
        builder.Services.AddScoped<Letters>();
        builder.Services.AddScoped<Titles>();
        builder.AddService<NotificationsDb>(Name)
            .On<EmailVerificationRequested, OnLinkRequested>(hurry: false)
            .On<PasswordResetRequested, OnLinkRequested>(hurry: false)
            .On<MemberInvited, OnLinkRequested>(hurry: false)
            .On<StaffInvited, OnLinkRequested>(hurry: false)
            .On<EmailChangeRequested, OnEmailChangeRequested>(hurry: false)
            .On<RefreshTokenReused, OnRefreshTokenReused>(hurry: false)
            .On<SecondStepChanged, OnSecondStepChanged>(hurry: false)
            .On<OrderConfirmed, OnOrderConfirmed>(hurry: false)
            .On<PartShipped, OnPartShipped>(hurry: false)
            .On<PartCancelled, OnPartCancelled>(hurry: false)
            .On<OrderCancelled, OnOrderCancelled>(hurry: false)
            .On<PaymentRefunded, OnPaymentRefunded>(hurry: false)
            .On<OrderHeld, OnOrderHeld>(hurry: false)
            .On<PaymentRejected, OnPaymentRejected>(hurry: false)
            .On<ReturnMoved, OnReturnMoved>(hurry: false)
            .On<PayoutSent, OnPayoutMoved>(hurry: false)
            .On<PayoutFailed, OnPayoutMoved>(hurry: false)
            .On<CartAbandoned, OnCartAbandoned>(hurry: false)
            .On<StockRanLow, OnStockRanLow>(hurry: false)
            .On<OfferRestocked, OnOfferRestocked>(hurry: false)
            .Worker<SendMails>()
            .Job<ForgetMails>(ForgetMails.Every)
            .Job<ForgetStockWatches>(ForgetStockWatches.Every);
    }

    /// <inheritdoc />
    public void MapEndpoints(IEndpointRouteBuilder routes)
    {
        var mail = routes.MapGroup("").WithTags("Notifications");
        ListEmails.Map(mail);
        SendEmail.Map(mail);
        RetryEmail.Map(mail);
        ReceiveBounce.Map(mail);
        EmailSuppressions.Map(mail);
        ReadEmailTemplates.Map(mail);
        WriteEmailTemplate.Map(mail);
        PreviewEmailTemplate.Map(mail);
        ListNotifications.Map(mail);
        MarkNotifications.Map(mail);
        SendNotification.Map(mail);
        NotificationPreferences.Map(mail);
        Unsubscribe.Map(mail);
        WatchStock.Map(mail);
        EndStockWatches.Map(mail);
        var services = routes.ServiceProvider;
        if (services.GetRequiredService<IHostEnvironment>().IsDevelopment() && !services.GetRequiredService<SmtpMailer>().IsConfigured)
            Mailbox.Map(mail);
    }
}
