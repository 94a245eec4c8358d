using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.OpenApi;
using Souk.Platform.Http;

namespace Souk.Catalog.Reads;

/// <summary>
/// The filters of a list by what products state: <c>?attr[color]=red,blue&amp;attr[power]=40..100</c>. Several values of one
/// attribute are alternatives, several attributes must all be met.
/// </summary>
internal sealed class AttributeFilters
{
    private const int AttributesMax = 10;
    private const int ValuesMax = 20;
    private readonly List<(string Code, string Text)> asked;

    private AttributeFilters(List<(string, string)> asked) => this.asked = asked;

    public bool IsEmpty => asked.Count == 0;

    /// <summary>Called by ASP.NET Core.</summary>
    public static ValueTask<AttributeFilters?> BindAsync(HttpContext context)
    {
        var asked = new List<(string, string)>();
        foreach (var (name, text) in context.Request.Query)
            if (name.StartsWith("attr[", StringComparison.Ordinal) && name.EndsWith(']'))
                asked.Add((name[5..^1], text.ToString()));
        if (asked.Count > AttributesMax)
            throw new RuleException(422, "too_many", $"Filter by at most {AttributesMax} attributes at once.");
        return ValueTask.FromResult<AttributeFilters?>(new AttributeFilters(asked));
    }

    /// <summary>The parameter in the document.</summary>
    public static Task Describe(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = "attr",
            In = ParameterLocation.Query,
            Style = ParameterStyle.DeepObject,
            Explode = true,
            Description = """
                What products state, by the attribute's code: `attr[color]=red,blue` for one of these values,
                `attr[power]=40..100`,
                `40..` or `..100` for a number. All that is given must be met. `GET /attributes` lists the attributes.
                """,
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                MaxProperties = AttributesMax,
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1 },
            },
        });
        return Task.CompletedTask;
    }

    /// <summary>Looks up what the attributes are, and reads the values as that.</summary>
    /// <exception cref="RuleException">422 <c>unknown_attribute</c> or <c>wrong_attribute</c>.</exception>
    public async Task<Facets> Resolve(CatalogDb db, CancellationToken ct)
    {
        (int Place, string Code, string Value)[] values =
            [.. asked.SelectMany((filter, place) => Values(filter).Select(value => (place, filter.Code, value)))];
        var known = await db.Query("""
            select w.place, w.code, w.value, a.type, a.choices, attribute_scope(w.code, w.value)
              from unnest($1::int[], $2::text[], $3::text[]) as w(place, code, value) left join attributes a on a.code
                = w.code
            """,
            reader => (
                Place: reader.GetInt32(0), Code: reader.GetString(1), Value: reader.GetString(2),
                Type: reader.IsDBNull(3) ? null : reader.GetString(3),
                Choices: reader.IsDBNull(4) ? [] : reader.GetFieldValue<string[]>(4), Scope: reader.GetGuid(5)),
            ct, values.Select(v => v.Place).ToArray(), values.Select(v => v.Code).ToArray(), values.Select(v => v.Value)
                .ToArray());
        var (scopes, ranges) = (new List<FacetValues>(), new List<FacetRange>());
        foreach (var filter in known.GroupBy(value => value.Place).OrderBy(filter => filter.Key))
        {
            var (code, type) = (filter.First().Code, filter.First().Type);
            if (type is null)
                throw Refused(code, "unknown_attribute",
                    "There is no such attribute. GET /attributes lists those there are.");
            if (type == "number")
                ranges.Add(Range(code, asked[filter.Key].Text));
            else if (type == "boolean" && filter.Any(value => value.Value is not ("true" or "false")))
                throw Refused(code, "wrong_attribute", "Ask for true or false.");
            else if (type == "choice" && filter.Any(value => !value.Choices.Contains(value.Value)))
                throw Refused(code, "wrong_attribute",
                    $"Choose of: {string.Join(", ", filter.First().Choices.Take(20))}.");
            else
                scopes.Add(new FacetValues(code, [.. filter.Select(v => v.Value)], [.. filter.Select(v => v.Scope)]));
        }
        return new Facets(scopes, ranges);
    }

    // A comma that belongs to a value has a backslash in front.
    private static string[] Values((string Code, string Text) filter)
    {
        var (values, value) = (new List<string>(), new System.Text.StringBuilder());
        for (var i = 0; i < filter.Text.Length; i++)
            if (filter.Text[i] == '\\' && i + 1 < filter.Text.Length)
                value.Append(filter.Text[++i]);
            else if (filter.Text[i] == ',')
                Next();
            else
                value.Append(filter.Text[i]);
        Next();
        return values.Count <= ValuesMax && values.TrueForAll(one => one.Length is >= 1 and <= 1000)
            ? [.. values]
            : throw Refused(filter.Code, "wrong_attribute", $"Ask for 1 to {ValuesMax} values, joined by commas.");

        void Next()
        {
            values.Add(value.ToString());
            value.Clear();
        }
    }

    private static FacetRange Range(string code, string text)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        var (from, to) = dots < 0 ? (text, text) : (text[..dots], text[(dots + 2)..]);
        return text.Length > 2 || dots < 0
            ? new FacetRange(code, Number(from), Number(to))
            : throw Wrong();

        decimal? Number(string number) => number.Length == 0 && dots >= 0
            ? null
            : decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out var value)
                ? value
                : throw Wrong();

        RuleException Wrong() =>
            Refused(code, "wrong_attribute", "Ask for a number, or a range of them: 60, 40..100, 40.. or ..100.");
    }

    private static RuleException Refused(string code, string problem, string detail) =>
        RuleException.Invalid($"?attr[{(code.Length > 40 ? code[..40] : code)}]", problem, detail);
}
