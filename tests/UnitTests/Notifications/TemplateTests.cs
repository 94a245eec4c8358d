using Microsoft.Extensions.Options;
using Souk.Notifications.Domain;
using Souk.Notifications.Jobs;
using Souk.Notifications.Templates;
using Souk.Platform.Mail;

namespace Souk.UnitTests.Notifications;

public class TemplateTests
{
    private static readonly Renderer Renderer = new(Options.Create(new MailOptions { FromName = "Bazaar" }));

    public static TheoryData<string, string> Names
    {
        get
        {
            var names = new TheoryData<string, string>();
            foreach (var (name, locale) in BuiltIn.All.Keys)
                names.Add(name, locale);
            return names;
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_built_in_template_renders_with_its_samples_and_leaves_nothing_open(string name, string locale)
    {
        var data = BuiltIn.Samples.EnumerateObject().SelectMany(sample => Renderer.Values(sample.Value)).DistinctBy(pair => pair.Key)
            .ToDictionary(pair => pair.Key, pair => pair.Value);

        data["unsubscribe"] = "https://souk.example/unsubscribe/x";

        var mail = Renderer.Render(BuiltIn.All[(name, locale)], data);

        Assert.All([mail.Subject, mail.Text, mail.Html!], part => Assert.DoesNotContain("{{", part, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', mail.Subject);
        Assert.Contains("Anna Lind", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Bazaar", mail.Html, StringComparison.Ordinal);
        Assert.Contains("</html>", mail.Html, StringComparison.Ordinal);
        Assert.Contains($"<html lang=\"{locale}\">", mail.Html, StringComparison.Ordinal);
        Assert.All(
            [mail.Text, mail.Html!],
            part => Assert.Contains("https://souk.example/unsubscribe/x", part, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_translation_is_of_a_template_that_there_is_in_English(string name, string locale) =>
        Assert.True(BuiltIn.Has(name), $"{locale}/{name}.hbs translates nothing");

    [Theory]
    [InlineData("de-AT", "fr", "de-AT de fr en")]
    [InlineData("de", "de", "de en")]
    [InlineData(null, "pt-BR", "pt-BR pt en")]
    [InlineData("en-GB", "en", "en-GB en")]
    public void A_text_is_looked_for_in_the_nearest_language_first(
        string? wanted, string ofMarketplace, string chain) =>
        Assert.Equal(chain, string.Join(' ', Locales.Chain(wanted, ofMarketplace)));

    [Theory]
    [InlineData(3998, "EUR", "en", "39.98 EUR")]
    [InlineData(3998, "EUR", "de-AT", "39,98 EUR")]
    [InlineData(3998, "JPY", "de", "3998 JPY")]
    [InlineData(3998, "BHD", "fr", "3,998 BHD")]
    public void Amounts_are_written_as_the_language_writes_them(
        long minor, string currency, string locale, string amount) =>
        Assert.Equal(amount, Locales.Amount(minor, currency, locale));

    [Theory]
    [InlineData("de", "de")]
    [InlineData("DE-at", "de-AT")]
    [InlineData("zh-Hant-TW", "zh")]
    [InlineData("*", null)]
    [InlineData("../../etc", null)]
    public void Languages_of_browsers_are_read(string tag, string? locale) => Assert.Equal(locale, Locales.Read(tag));

    [Fact]
    public void Text_stays_as_it_is_and_html_is_escaped()
    {
        var template = new Template("t", "en", 1, "Re: {{title}}", "{{title}}", "<b>{{title}}</b>");

        var mail = Renderer.Render(template, new Dictionary<string, object?> { ["title"] = "<script>&\"" });

        Assert.Equal("<script>&\"", mail.Text);
        Assert.Contains("<b>&lt;script&gt;&amp;&quot;</b>", mail.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_break_in_a_subject_begins_no_new_header()
    {
        var mail = Renderer.Render(new Template("t", "en", 1, "Order {{n}}", "x", null), new Dictionary<string,
            object?> { ["n"] = "1\r\nBcc: all@example.com" });

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
    public void Addresses_in_what_servers_say_are_masked() => Assert.Equal(
        "550 5.1.1 <a***@example.com>: b***@x.y unknown",
        Masks.Addresses("550 5.1.1 <anna@example.com>: bo@x.y unknown"));

    [Fact]
    public void What_a_dead_process_had_in_hand_is_taken_up_within_half_a_minute_and_never_while_it_may_be_under_way()
    {
        var options = new MailOptions();

        Assert.True(SendMails.Lease(options) <= TimeSpan.FromSeconds(30));
        Assert.True(SendMails.Lease(options) > options.Timeout);
    }

    [Fact]
    public void Tries_are_ever_further_apart_and_end()
    {
        var waits = Enumerable.Range(1, Retry.AttemptsMax).Select(Retry.After).ToList();

        Assert.Equal(TimeSpan.FromSeconds(10), waits[0]);
        Assert.Equal(waits.Order(), waits);
        Assert.True(waits[^1] <= TimeSpan.FromHours(4));
    }
}
