using System.Collections.Concurrent;
using System.Text.Json;
using HandlebarsDotNet;
using Microsoft.Extensions.Options;
using Souk.Platform.Mail;

namespace Souk.Notifications.Templates;

/// <summary>A rendered mail.</summary>
internal sealed record Rendered(string Subject, string Text, string? Html);

/// <summary>Renders templates. Text is not escaped, HTML is: what people wrote stays text in it.</summary>
internal sealed class Renderer(IOptions<MailOptions> options)
{
    private const int CompiledMax = 500;
    private static readonly IHandlebars Plain = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true });
    private static readonly IHandlebars Escaping = Handlebars.Create();
    private readonly ConcurrentDictionary<(bool Html, string Source), HandlebarsTemplate<object, object>> compiled = [];

    public Rendered Render(Template template, Dictionary<string, object?> data)
    {
        var subject = Subject(template, data);
        var end = data.GetValueOrDefault("unsubscribe") as string;
        var text = Frame(Compiled(false, template.Text)(data), template.Locale, end);
        if (template.Html is null)
            return new(subject, text, null);
        var html = Compiled(true, BuiltIn.Frame(template.Locale).Html)(new Dictionary<string, object?>
        {
            ["souk"] = options.Value.FromName,
            ["subject"] = subject,
            ["content"] = Compiled(true, template.Html)(data),
            ["unsubscribe"] = end,
        });
        return new(subject, text, html);
    }

    /// <summary>The subject alone.</summary>
    public string Subject(Template template, Dictionary<string, object?> data)
    {
        data["souk"] = options.Value.FromName;
        // A subject is a header: a line break in it would begin another one.
        var lines = Compiled(false, template.Subject)(data).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', lines).Trim();
    }

    /// <summary>A plain text with what all mails of a language end with.</summary>
    /// <param name="text">The text.</param>
    /// <param name="locale">The language.</param>
    /// <param name="unsubscribe">The link that ends mails of this kind; null when there is none.</param>
    public string Frame(string text, string locale, string? unsubscribe) =>
        Compiled(false, BuiltIn.Frame(locale).Text)(new Dictionary<string, object?>
        {
            ["souk"] = options.Value.FromName,
            ["content"] = text,
            ["unsubscribe"] = unsubscribe,
        });

    /// <summary>Why a text is no template; null when it is one.</summary>
    public static string? Problem(string source)
    {
        try
        {
            Plain.Compile(source);
            return null;
        }
        catch (HandlebarsException e)
        {
            return e.Message.Length <= 200 ? e.Message : e.Message[..200];
        }
    }

    /// <summary>JSON as the values that templates understand.</summary>
    public static Dictionary<string, object?> Values(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object ? json.EnumerateObject().ToDictionary(member => member.Name, member => Value(member.Value)) : [];

    private static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => Values(json),
        JsonValueKind.Array => json.EnumerateArray().Select(Value).ToList(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.GetRawText(),
        _ => null,
    };

    private HandlebarsTemplate<object, object> Compiled(bool html, string source)
    {
        if (compiled.Count > CompiledMax)
            compiled.Clear();
        return compiled.GetOrAdd((html, source), key => (key.Html ? Escaping : Plain).Compile(key.Source));
    }
}
