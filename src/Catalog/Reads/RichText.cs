using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Markdig;

namespace Souk.Catalog.Reads;

/// <summary>
/// What sellers write, as HTML for pages of others. Markdown, and the HTML in it, is read by a parser that reads as browsers do;
/// of the tree only what is on these lists is written out. Made when a product is read, so a list that is made shorter holds
/// for what was written before.
/// </summary>
internal static class RichText
{
    private const int DepthMax = 64;

    private static readonly HashSet<string> Elements =
    [
        "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "u", "s", "del", "sub", "sup",
        "ul", "ol", "li", "blockquote", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "a",
    ];

    // Their content is no text for people, or is read by rules of its own: nothing of it stays. What is on neither list
    // goes and leaves its text.
    private static readonly HashSet<string> Hidden =
    [
        "script", "style", "template", "iframe", "object", "embed", "svg", "math", "noscript", "noembed", "noframes",
        "xmp", "plaintext", "title", "textarea", "select", "form", "head", "video", "audio", "canvas",
    ];

    private static readonly string[] Schemes = ["https", "http", "mailto"];
    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder().UsePipeTables()
        .UseEmphasisExtras().UseAutoLinks().Build();

    /// <summary>HTML in which nothing runs, loads or looks like the page around it.</summary>
    public static string Html(string text)
    {
        if (text.Length == 0)
            return "";
        var parser = new HtmlParser();
        using var page = parser.ParseDocument("");
        var nodes = parser.ParseFragment(Rendered(text), page.Body!);
        var clean = page.CreateElement("div");
        foreach (var node in nodes)
            Copy(node, clean, depth: 0);
        return clean.InnerHtml.Trim();
    }

    private static string Rendered(string text)
    {
        try
        {
            return Markdig.Markdown.ToHtml(text, Markdown);
        }
        catch (ArgumentException)
        {
            // Quotes in quotes, deeper than the library follows: nobody meant that as Markdown.
            return $"<p>{WebUtility.HtmlEncode(text)}</p>";
        }
    }

    // Made anew rather than cleaned: what nobody thought of is not there. What is nested deeper than any text goes.
    private static void Copy(INode node, IElement into, int depth)
    {
        if (node is IText text)
        {
            into.AppendChild(into.Owner!.CreateTextNode(text.Data));
            return;
        }
        if (node is not IElement element || Hidden.Contains(element.LocalName) || depth == DepthMax)
            return;
        var target = into;
        if (Elements.Contains(element.LocalName))
        {
            target = into.Owner!.CreateElement(element.LocalName);
            into.AppendChild(target);
            Link(element, target);
        }
        foreach (var child in element.ChildNodes)
            Copy(child, target, depth + 1);
    }

    private static void Link(IElement element, IElement target)
    {
        if (element.LocalName != "a" || element.GetAttribute("href") is not { } href)
            return;
        if (!Uri.TryCreate(href, UriKind.Absolute, out var link) || !Schemes.Contains(link.Scheme))
            return;
        target.SetAttribute("href", link.AbsoluteUri);
        // The page it leads to learns nothing of this one, and gains nothing from the link.
        target.SetAttribute("rel", "nofollow noopener noreferrer ugc");
    }
}
