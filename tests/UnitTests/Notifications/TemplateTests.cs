using Microsoft.Extensions.Options;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Mail;

namespace Souk.UnitTests.Notifications;

public class TemplateTests
{
    private static readonly Renderer Renderer = new(Options.Create(new MailOptions { FromName = "Bazaar" }));

    public static TheoryData<string> Names => [.. BuiltIn.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Every_built_in_template_renders_with_its_samples_and_leaves_nothing_open(string name)
    {
        var data = BuiltIn.Samples.EnumerateObject().SelectMany(sample => Renderer.Values(sample.Value)).DistinctBy(pair => pair.Key)
            .ToDictionary(pair => pair.Key, pair => pair.Value);

        var mail = Renderer.Render(BuiltIn.All[name], data);

        Assert.All([mail.Subject, mail.Text, mail.Html!], part => Assert.DoesNotContain("{{", part, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', mail.Subject);
        Assert.Contains("Anna Lind", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Bazaar", mail.Html, StringComparison.Ordinal);
        Assert.Contains("</html>", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_stays_as_it_is_and_html_is_escaped()
    {
        var template = new Template("t", 1, "Re: {{title}}", "{{title}}", "<b>{{title}}</b>");

        var mail = Renderer.Render(template, new Dictionary<string, object?> { ["title"] = "<script>&\"" });

        Assert.Equal("<script>&\"", mail.Text);
        Assert.Contains("<b>&lt;script&gt;&amp;&quot;</b>", mail.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_break_in_a_subject_begins_no_new_header()
    {
        var mail = Renderer.Render(new Template("t", 1, "Order {{n}}", "x", null), new Dictionary<string, object?> { ["n"] = "1\r\nBcc: all@example.com" });

        Assert.Equal("Order 1 Bcc: all@example.com", mail.Subject);
    }

    [Theory]
    [InlineData("{{#if a}}x", true)]
    [InlineData("{{#each}}", true)]
    [InlineData("Hello {{name}}", false)]
    [InlineData("", false)]
    public void What_is_no_template_is_said(string source, bool broken) => Assert.Equal(broken, Renderer.Problem(source) is not null);

    [Theory]
    [InlineData("anna@example.com", "a***@example.com")]
    [InlineData("a@b", "a***@b")]
    [InlineData("@b", "***")]
    [InlineData("nonsense", "***")]
    public void Addresses_are_masked(string email, string masked) => Assert.Equal(masked, Masks.Address(email));

    [Fact]
    public void Links_are_masked() => Assert.Equal(
        "See https://souk.example/*** or http://x.y:80/*** bye",
        Masks.Links("See https://souk.example/verify#token=abc or http://x.y:80/a?b=c bye"));

    [Fact]
    public void Tries_are_ever_further_apart_and_end()
    {
        var waits = Enumerable.Range(1, Retry.AttemptsMax).Select(Retry.After).ToList();

        Assert.Equal(TimeSpan.FromSeconds(10), waits[0]);
        Assert.Equal(waits.Order(), waits);
        Assert.True(waits[^1] <= TimeSpan.FromHours(4));
    }
}
