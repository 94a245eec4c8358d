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

    public Rendered Render(Template template, IDictionary<string, object?> data)
    {
        data["souk"] = options.Value.FromName;
        // A subject is a header: a line break in it would begin another one.
        var subject = string.Join(' ', Compiled(false, template.Subject)(data).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries)).Trim();
        var text = Compiled(false, template.Text)(data);
        if (template.Html is null)
            return new(subject, text, null);
        var frame = new Dictionary<string, object?>
        {
            ["souk"] = options.Value.FromName,
            ["subject"] = subject,
            ["content"] = Compiled(true, template.Html)(data),
        };
        return new(subject, text, Compiled(true, BuiltIn.Frame)(frame));
    }

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
