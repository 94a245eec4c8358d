using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Souk.Contracts.Identity;
using Souk.Identity.Domain;
using Souk.Identity.SignIn;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Identity.Features;

/// <summary>
/// Turns the second step of the caller's own sign-in on and off. Each change asks for the password again, and turning it off
/// for a code too; the owner gets a mail. Staff turn it off for somebody who lost app and recovery codes.
/// </summary>
internal static class TwoStepSignIn
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var totp = routes.MapGroup("/profile/me/totp").WithTags("Profile");
        totp.MapGet("", Get).RequireSignIn().WithSummary("Whether sign-in asks you for a second step").Problems("403 api_key_not_allowed");
        // None of these is idempotent by key: the answers hold secrets, and stored answers must not.
        totp.MapPost("", Begin).RequireSignIn()
            .WithSummary("Begin two-step sign-in")
            .WithDescription("""
                Answers a secret, and the `uri` that apps read from a QR code. Nothing changes until a code of the app is confirmed.
                """)
            .Problems("totp_on", "403 reauthentication_required", "403 api_key_not_allowed", "429 too_many_attempts", "429 busy_hashing")
            .WithExample(new BeginTotpRequest("three cups of mint tea"));
        totp.MapPost("/confirm", Confirm).RequireSignIn()
            .WithSummary("Turn two-step sign-in on")
            .WithDescription("""
                Answers ten recovery codes. They are shown this once; each opens the account once when the app is lost. Where staff
                need the second step, refresh the token now: it says what you may.
                """)
            .Problems("totp_on", "totp_not_begun", "422 invalid_code", "403 api_key_not_allowed", "429 too_many_attempts")
            .WithExample(new ConfirmTotpRequest("492039"));
        totp.MapPost("/recovery-codes", Renew).RequireSignIn()
            .WithSummary("Make new recovery codes")
            .WithDescription("Those before open nothing any more.")
            .Problems(
                "totp_off", "422 invalid_code", "403 reauthentication_required", "403 api_key_not_allowed",
                "429 too_many_attempts", "429 busy_hashing")
            .WithExample(new ConfirmedTotpRequest("three cups of mint tea", "492039"));
        totp.MapPost("/disable", Disable).RequireSignIn()
            .WithSummary("Turn two-step sign-in off")
            .Problems(
                "totp_off", "422 invalid_code", "403 reauthentication_required", "403 api_key_not_allowed",
                "429 too_many_attempts", "429 busy_hashing")
            .WithExample(new ConfirmedTotpRequest("three cups of mint tea", "492039"));
        routes.MapDelete("/accounts/{id:guid}/totp", Reset).RequirePermission(Permissions.AccountsManage).WithTags("Accounts")
            .WithSummary("Turn two-step sign-in off for somebody")
            .WithDescription("For who lost app and recovery codes; make sure who asks. The owner gets a mail, and all sign-ins end.")
            .Problems("own_account", "totp_off");
    }

    private static async Task<TotpResponse> Get(Caller caller, IdentityDb db, CancellationToken ct)
    {
        var rows = await db.Query("""
            select t.confirmed_at, (select count(*)::int from recovery_codes c where c.account_id = t.account_id and c.used_at is null)
              from totp t where t.account_id = $1 and t.confirmed_at is not null
            """, row => new TotpResponse(true, row.GetFieldValue<DateTimeOffset>(0), row.GetInt32(1)), ct, caller.Person());
        return rows.FirstOrDefault() ?? new TotpResponse(false, null, 0);
    }

    private static async Task<BegunTotpResponse> Begin(
        BeginTotpRequest request, Caller caller, Credentials credentials, ProfileChanges changes, SecondStep secondStep,
        IConfiguration configuration, CancellationToken ct)
    {
        var owner = await credentials.Of(caller.Person(), ct) ?? throw RuleException.NotFound();
        await changes.Confirm(caller, owner, request.CurrentPassword, ct);
        var secret = await secondStep.Begin(owner.Id, ct)
            ?? throw new RuleException("totp_on", "Two-step sign-in is on. To use another app, turn it off first.");
        var marketplace = configuration["Mail:FromName"] is { Length: > 0 } name ? name : "Souk";
        return new BegunTotpResponse(Totp.Base32(secret), Totp.Uri(secret, marketplace, owner.Email ?? owner.Username ?? ""));
    }

    private static async Task<RecoveryCodesResponse> Confirm(
        ConfirmTotpRequest request, Caller caller, IdentityDb db, SecondStep secondStep, CancellationToken ct)
    {
        var id = caller.Person();
        var codes = await secondStep.Confirm(id, request.Code, ct);
        Changed(db, caller, id, isOn: true);
        return new RecoveryCodesResponse(codes);
    }

    private static async Task<RecoveryCodesResponse> Renew(
        ConfirmedTotpRequest request, Caller caller, Credentials credentials, ProfileChanges changes, SecondStep secondStep,
        CancellationToken ct) =>
        new(secondStep.NewRecoveryCodes(await Confirmed(request, caller, credentials, changes, secondStep, ct)));

    private static async Task<NoContent> Disable(
        ConfirmedTotpRequest request, Caller caller, IdentityDb db, Credentials credentials, ProfileChanges changes, SecondStep secondStep,
        Sessions sessions, CancellationToken ct)
    {
        var id = await Confirmed(request, caller, credentials, changes, secondStep, ct);
        await secondStep.End(id, ct);
        // Where staff need it, their next token opens their own account only.
        if (caller.Kind == AccountKind.Staff)
            sessions.TokensEnd(db, id);
        Changed(db, caller, id, isOn: false);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> Reset(
        Guid id, Caller caller, IdentityDb db, SecondStep secondStep, Sessions sessions, CancellationToken ct)
    {
        await Accounts.FindBelow(id, caller, db, ct);
        if (!await secondStep.End(id, ct))
            throw new RuleException("totp_off", "This account signs in without a second step.");
        sessions.EndAll(db, id, "two-step sign-in turned off by staff");
        Changed(db, caller, id, isOn: false);
        return TypedResults.NoContent();
    }

    /// <summary>Whoever is signed in has given password and code again.</summary>
    private static async Task<Guid> Confirmed(
        ConfirmedTotpRequest request, Caller caller, Credentials credentials, ProfileChanges changes, SecondStep secondStep,
        CancellationToken ct)
    {
        var owner = await credentials.Of(caller.Person(), ct) ?? throw RuleException.NotFound();
        await changes.Confirm(caller, owner, request.CurrentPassword, ct);
        if (!owner.HasSecondStep)
            throw new RuleException("totp_off", "You sign in without a second step.");
        if (!await secondStep.Check(owner.Id, request.Code, ct))
            throw RuleException.Invalid(
                "/code", "invalid_code", "The code is wrong or was used. Wait for the next one, or give a recovery code.");
        return owner.Id;
    }

    private static void Changed(IdentityDb db, Caller caller, Guid accountId, bool isOn)
    {
        db.Audit(caller, isOn ? "account.totp_on" : "account.totp_off", "account", accountId);
        db.Publish(new SecondStepChanged(accountId, isOn));
    }
}

/// <summary>Who begins two-step sign-in.</summary>
/// <param name="CurrentPassword">The password of today.</param>
public sealed record BeginTotpRequest([Required, StringLength(4096)] string CurrentPassword);

/// <summary>A first code, which shows that the app has the secret.</summary>
/// <param name="Code">Six digits of the authenticator app.</param>
public sealed record ConfirmTotpRequest([Required, StringLength(50)] string Code);

/// <summary>Who changes how the account is opened.</summary>
/// <param name="CurrentPassword">The password of today.</param>
/// <param name="Code">Six digits of the authenticator app, or a recovery code.</param>
public sealed record ConfirmedTotpRequest([Required, StringLength(4096)] string CurrentPassword, [Required, StringLength(50)] string Code);

/// <summary>Whether sign-in asks for a second step.</summary>
/// <param name="Enabled">Whether it does.</param>
/// <param name="EnabledAt">Since when.</param>
/// <param name="RecoveryCodesLeft">How many recovery codes are not used yet.</param>
public sealed record TotpResponse(bool Enabled, DateTimeOffset? EnabledAt, int RecoveryCodesLeft);

/// <summary>A secret for the authenticator app.</summary>
/// <param name="Secret">To be typed, base32.</param>
/// <param name="Uri">The same as <c>otpauth://</c>, for a QR code.</param>
public sealed record BegunTotpResponse(string Secret, string Uri);

/// <summary>Codes for the day the app is lost.</summary>
/// <param name="RecoveryCodes">Each good once. They are not shown again.</param>
public sealed record RecoveryCodesResponse(IReadOnlyList<string> RecoveryCodes);
