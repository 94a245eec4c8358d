using System.Diagnostics;

namespace Souk.IntegrationTests.Identity;

/// <summary>Runs when the others are done: it compares times.</summary>
[CollectionDefinition(nameof(LoginTimeTests), DisableParallelization = true)]
public sealed class LoginTimes;

[Collection(nameof(LoginTimeTests))]
public sealed class LoginTimeTests
{
    [Fact]
    public async Task The_time_of_the_answer_does_not_tell_whether_there_is_an_account()
    {
        // With as many iterations as outside of tests, so that what is compared is what is.
        await using var database = await TestDatabase.Required();
        var port = SoukServer.FreePort();
        var settings = SoukServer.Settings(database.Owner, port);
        settings["Identity:PasswordIterations"] = "210000";
        settings["Identity:FailuresFree"] = "20";
        await using var host = await IdentityHost.Start(settings, port);
        using var client = host.Client();
        var (known, _) = await client.NewCustomer();
        var times = new[] { new List<double>(), new List<double>() };
        for (var i = 0; i < 40; i++)
        {
            // Interleaved, and the counter of failures taken back: a delay would be compared instead.
            if (i % 10 == 0)
                await host.Execute("delete from identity.sign_in_failures");
            var email = i % 2 == 0 ? known : Calls.NewEmail();
            var started = Stopwatch.GetTimestamp();
            (await client.Post("/auth/login", new { email, password = "four glasses of mint tea" })).Must(401);
            times[i % 2].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        // The fastest of each: what else the machine does only adds.
        var (withAccount, without) = (times[0].Min(), times[1].Min());
        TestContext.Current.TestOutputHelper?.WriteLine($"fastest with an account {withAccount:f1} ms, without {without:f1} ms");
        Assert.InRange(withAccount / without, 0.8, 1.25);
    }
}
