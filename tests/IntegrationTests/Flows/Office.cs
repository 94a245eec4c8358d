using System.Net;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Flows;

/// <summary>The marketplace's own people, where it runs as a process of its own.</summary>
internal static partial class Office
{
    /// <summary>The first of them, made by <c>souk admin create</c> and signed in.</summary>
    public static async Task<HttpClient> Admin(this SoukProcess souk)
    {
        const string Email = "admin@staff.example";
        var (exit, link) = await souk.Command("admin", "create", Email);
        Assert.True(exit == 0, link);
        var http = souk.Client();
        var token = Token().Match(link).Groups["token"].Value;
        await http.Send("/profile/password-reset", new { token, password = Street.Password }, HttpStatusCode.NoContent);
        var session = await http.Send("/auth/login", new { email = Email, password = Street.Password });
        http.DefaultRequestHeaders.Authorization = new("Bearer", session.Text("access_token"));
        return http;
    }

    [GeneratedRegex("token=(?<token>[^&\\s]+)")]
    private static partial Regex Token();
}
