using Microsoft.Extensions.DependencyInjection;
using Souk.Identity;
using Souk.Platform.Http;

namespace Souk.IntegrationTests.Identity;

[Trait("Shape", "both")]
public sealed class AdminTests(SoukServer souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_administrator_comes_by_a_link_that_works_once()
    {
        var email = Calls.NewEmail();
        var invitations = souk.Services.GetRequiredService<AdminInvitations>();
        var lost = await invitations.Create(email, Ct);
        var invitation = await invitations.Create(email, Ct);
        using var client = souk.Client();

        (await client.Post("/auth/login", new { email, password = Calls.Password })).Refused(401, "invalid_credentials");
        (await client.Post("/profile/password-reset", new { token = lost.Token, password = Calls.Password })).Refused(422, "invalid_link");
        (await client.Post("/profile/password-reset", new { token = invitation.Token, password = Calls.Password })).Must(204);
        (await client.Post("/profile/password-reset", new { token = invitation.Token, password = Calls.Password })).Refused(422, "invalid_link");

        var me = (await client.Me((await client.SignedIn(email)).Text("access_token"))).Must(200);
        Assert.Equal(("staff", "admin"), (me.Text("kind"), me.Text("staff_role")));
        Assert.Equal(invitation.AccountId, lost.AccountId);
        Assert.Contains(invitation.Token, invitation.Link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_customers_address_and_an_unknown_role_are_refused()
    {
        var buyer = await souk.Buyer();
        var invitations = souk.Services.GetRequiredService<AdminInvitations>();

        Assert.Equal("email_taken", (await Assert.ThrowsAsync<RuleException>(() => invitations.Create(buyer.Email, Ct))).Code);
        Assert.Equal("unknown_role", (await Assert.ThrowsAsync<RuleException>(() => invitations.Create(Calls.NewEmail(), Ct, "king"))).Code);
        Assert.Equal("invalid_email", (await Assert.ThrowsAsync<RuleException>(() => invitations.Create("nobody", Ct))).Code);
    }

    [Fact]
    public async Task An_administrator_invites_a_colleague_by_mail()
    {
        var admin = await souk.Staff();
        var email = Calls.NewEmail();
        var invited = (await admin.Post("/accounts", new { email, role = "content" })).Must(201);
        Assert.Equal(("staff", "content"), (invited.Text("kind"), invited.Text("staff_role")));
        var lost = await souk.Mailed("StaffInvited", invited.Id());
        (await admin.Post("/accounts", new { email, role = "support" })).Must(201);
        var link = await souk.Mailed("StaffInvited", invited.Id());
        // Before the link is used: one that does nothing any more is not mailed.
        await Eventually(async () => Assert.Contains(
            await souk.Client().Mails(email), subject => subject.StartsWith("You are invited to the staff", StringComparison.Ordinal)));

        (await souk.Client().Post("/profile/password-reset", new { token = lost.Token, password = Calls.Password })).Refused(422, "invalid_link");
        (await souk.Client().Post("/profile/password-reset", new { token = link.Token, password = Calls.Password })).Must(204);

        using var colleague = await souk.SignIn(email, Calls.Password, invited.Id());
        (await colleague.Get("/accounts")).Must(200);
        (await admin.Post("/accounts", new { email, role = "support" })).Refused(409, "email_taken");
        (await colleague.Post("/accounts", new { email = Calls.NewEmail(), role = "support" })).Refused(403, "forbidden");
        (await admin.Post("/accounts", new { email = (await souk.Buyer()).Email, role = "support" })).Refused(409, "email_taken");
        (await admin.Post("/accounts", new { email = "nobody", role = "support" })).Refused(422, "invalid_email");
        (await admin.Post("/accounts", new { email = Calls.NewEmail(), role = "king" })).Refused(422, "unknown_role");
        (await (await souk.Buyer()).Post("/accounts", new { email = Calls.NewEmail(), role = "support" })).Refused(403, "forbidden");
    }

    [Theory]
    [InlineData("support", "/accounts", 200)]
    [InlineData("finance", "/accounts", 200)]
    [InlineData("content", "/accounts", 403)]
    [InlineData("content", "/audit", 403)]
    [InlineData("admin", "/audit", 200)]
    public async Task A_role_of_staff_opens_what_it_names(string role, string path, int status) =>
        (await (await souk.Staff(role)).Get(path)).Must(status);
}
