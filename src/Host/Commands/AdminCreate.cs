using System.CommandLine;
using Souk.Identity;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.Host.Commands;

/// <summary>
/// <c>souk admin create</c>: makes a member of staff and prints a link, good once and for a day, that sets the password.
/// There is no seeded administrator.
/// </summary>
internal static class AdminCreate
{
    public static Command Command()
    {
        var email = new Argument<string>("email") { Description = "The address to sign in with. Nothing is mailed to it." };
        var role = new Option<string>("--role") { Description = "admin, support, finance or content.", DefaultValueFactory = _ => "admin" };
        var create = new Command("create", "Make a member of staff, or a new link for one who is there.") { email, role };
        // Whatever else this machine hosts: it is Identity's database that is written.
        create.SetAction((parsed, ct) => CommandLine.With(
            new() { ["roles"] = "identity" },
            (app, embedded) => Run(app, embedded, parsed.GetValue(email)!, parsed.GetValue(role)!, ct), ct));
        return new Command("admin", "The marketplace's own people.") { create };
    }

    private static async Task<int> Run(WebApplication app, bool embedded, string email, string role, CancellationToken ct)
    {
        if (embedded)
            await app.Services.Migrate(ct);
        try
        {
            var invitation = await app.Services.GetRequiredService<AdminInvitations>().Create(email, ct, role);
            Console.WriteLine($"Account {invitation.AccountId}. Open this link within a day to set the password; it works once:");
            Console.WriteLine(invitation.Link);
            Console.WriteLine($"Without a page for it: POST /profile/password-reset {{\"token\": \"{invitation.Token}\", \"password\": \"…\"}}");
            return 0;
        }
        catch (RuleException e)
        {
            await Console.Error.WriteLineAsync("souk: " + e.Message);
            return 1;
        }
    }
}
