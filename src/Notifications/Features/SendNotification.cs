using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts.Identity;
using Souk.Notifications.Domain;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Notifications.Features;

/// <summary>
/// Writes into the inbox of an account, or of a company. Staff; to everybody. Who must see it soon is better mailed.
/// </summary>
internal static class SendNotification
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/notifications", Handle)
            .RequirePermission(Permissions.EmailsManage)
            .Idempotent()
            .WithSummary("Send a notification")
            .WithDescription(
                "Give either `account_id` or `company_id`. What is `news` is shown to those who want news.")
            .Problems("422 recipient_required", "422 unknown_recipient")
            .WithExample(request: new SendNotificationRequest(
                "Your question was answered.", new Guid("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), Title: "An answer"));
        routes.MapPost("/notification/send", FromSeed)
            .RequirePermission(Permissions.EmailsManage)
            .Idempotent()
            .WithSummary("Send a notification to a user")
            .Problems("422 unknown_recipient")
            .WithExample(request: new SendNotificationAliasRequest(
                new Guid("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e"), "Your question was answered."))
            .Alias("POST /notifications");
    }

    private static Task<Created<NotificationSent>> FromSeed(
        SendNotificationAliasRequest request, Caller caller, NotificationsDb db, IIdentityApi identity,
        CancellationToken ct) =>
        Handle(new SendNotificationRequest(request.Message, request.UserId), caller, db, identity, ct);

    private static async Task<Created<NotificationSent>> Handle(
        SendNotificationRequest request, Caller caller, NotificationsDb db, IIdentityApi identity, CancellationToken ct)
    {
        var (isThere, pointer) = request switch
        {
            { AccountId: { } account, CompanyId: null } =>
                (await identity.Account(account, ct) is not null, "/account_id"),
            { AccountId: null, CompanyId: { } company } =>
                ((await identity.Members(company, Kinds.Find(request.Kind)!.SeenWith, ct)).Count > 0, "/company_id"),
            _ => throw RuleException.Invalid("/account_id", "recipient_required",
                "Give an account or a company, one of them."),
        };
        if (!isThere)
            throw RuleException.Invalid(pointer, "unknown_recipient", "There is nobody who would read it.");

        var id = Guid.CreateVersion7();
        db.Run("""
            insert into notifications (id, inbox_id, kind, title, message, link, sent_by)
            values ($1, $2, $3, $4, $5, $6, $7)
            """,
            id, (request.AccountId ?? request.CompanyId)!.Value, request.Kind, Pg.Text(request.Title), request.Message,
            Pg.Text(request.Link), Pg.Uuid(caller.AccountId));
        db.Audit(
            caller, "notification.send", "notification", id, request.CompanyId,
            after: new { request.AccountId, request.CompanyId, request.Kind });
        return TypedResults.Created($"/notifications/{id}", new NotificationSent(id, "sent"));
    }
}

/// <summary>A notification to send.</summary>
/// <param name="Message">What it says.</param>
/// <param name="AccountId">Who gets it; or give <paramref name="CompanyId" />.</param>
/// <param name="CompanyId">The company whose members get it: those who may see its orders.</param>
/// <param name="Title">What it says in short.</param>
/// <param name="Link">Where to go on: a path of this marketplace, or an https address.</param>
/// <param name="Kind"><c>messages</c> for what concerns this reader, <c>news</c> for what goes to many.</param>
public sealed record SendNotificationRequest(
    [property: Required, StringLength(2000)] string Message,
    Guid? AccountId = null,
    Guid? CompanyId = null,
    [property: StringLength(200)] string? Title = null,
    [property: StringLength(500), RegularExpression(@"^(/[^/\\\s][^\s]*|https://[^\s]+)$")] string? Link = null,
    [property: AllowedValues(Kinds.Messages, Kinds.News)] string Kind = Kinds.Messages);

/// <summary>A notification to send to a user.</summary>
/// <param name="UserId">The account that gets it.</param>
/// <param name="Message">What it says.</param>
public sealed record SendNotificationAliasRequest(Guid UserId, [property: Required, StringLength(2000)] string Message);

/// <summary>A notification that was sent.</summary>
/// <param name="Id">The notification.</param>
/// <param name="Status"><c>sent</c>: it lies in the inbox.</param>
public sealed record NotificationSent(Guid Id, string Status);
