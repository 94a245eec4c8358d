using AngleSharp.Html.Parser;
using FsCheck;
using FsCheck.Fluent;
using Souk.Catalog.Reads;

namespace Souk.UnitTests.Catalog;

public class RichTextTests
{
    private const string Rel = "rel=\"nofollow noopener noreferrer ugc\"";

    [Theory]
    [InlineData("", "")]
    [InlineData("A lamp of *oak* & 2 < 3.", "<p>A lamp of <em>oak</em> &amp; 2 &lt; 3.</p>")]
    [InlineData("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>")]
    [InlineData("[site](https://example.com/?a=1&b=2)",
        $"<p><a href=\"https://example.com/?a=1&amp;b=2\" {Rel}>site</a></p>")]
    [InlineData("<b onclick=alert(1) style='position:fixed'>bold</b>", "<p><b>bold</b></p>")]
    [InlineData("<marquee>text</marquee>", "<p>text</p>")]
    public void Text_is_shown_as_it_was_meant(string text, string html) => Assert.Equal(html, RichText.Html(text));

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("![x](javascript:alert(1))")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt&colon;alert(1))")]
    [InlineData("<a href=' java\nscript:alert(1)'>x</a>")]
    [InlineData("[x](data:text/html;base64,PHNjcmlwdD4=)")]
    [InlineData("<svg><style><img src=x onerror=alert(1)></style></svg>")]
    [InlineData("<math><mi//xlink:href='data:x,<script>alert(1)</script>'>")]
    [InlineData("<noscript><p title='</noscript><img src=x onerror=alert(1)>'>")]
    [InlineData("<template><script>alert(1)</script></template>")]
    [InlineData("<iframe srcdoc='<script>alert(1)</script>'></iframe>")]
    [InlineData("<form action=/x><input name=q><button>go</button></form>")]
    [InlineData("<p id=main class=admin style=color:red>x</p>")]
    public void Nothing_runs_or_loads(string text)
    {
        AssertHarmless(RichText.Html(text));
        AssertHarmless(RichText.Html("before\n\n" + text + "\n\nafter"));
    }

    [Fact]
    public void Nothing_runs_or_loads_however_it_is_put_together()
    {
        var parts = Gen.Elements(
            "<", ">", "/", "\"", "'", "`", "=", " ", "\n", "&", "&lt;", "a", "p", "svg", "math", "style", "script",
            "template", "table", "noscript",
            "title", "textarea", "img", "href", "onerror", "src", "javascript:", "alert(1)", "<!--", "-->", "]]>",
            "<![CDATA[", "*", "[", "](", ")", "|");
        Prop.ForAll(parts.ArrayOf().ToArbitrary(), text => AssertHarmless(RichText.Html(string.Concat(text))))
            .QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(">")]
    [InlineData("<b>")]
    [InlineData("- ")]
    [InlineData("[")]
    [InlineData("<table><tr><td>")]
    public void What_is_nested_without_end_is_shown_somehow(string part) =>
        AssertHarmless(RichText.Html(string.Concat(Enumerable.Repeat(part, 20_000 / part.Length))));

    // As a browser would read it.
    private static void AssertHarmless(string html)
    {
        using var page = new HtmlParser().ParseDocument(html);
        Assert.All(page.Body!.QuerySelectorAll("*"), element =>
        {
            Assert.DoesNotContain(element.LocalName,
                (string[])["script", "style", "img", "svg", "math", "iframe", "form", "input", "button", "template"]);
            Assert.All(element.Attributes, attribute => Assert.Contains(attribute.Name, (string[])["href", "rel"]));
            Assert.DoesNotContain("script:", element.GetAttribute("href") ?? "", StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("data:", element.GetAttribute("href") ?? "", StringComparison.OrdinalIgnoreCase);
        });
    }
}
