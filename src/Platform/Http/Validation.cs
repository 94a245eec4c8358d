using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Souk.Platform.Http;

/// <summary>
/// Checks the data annotations of a handler's parameters and of the records it takes, and answers all that is wrong at once:
/// 422 <c>validation_failed</c> with a JSON pointer and a stable code for each. The framework's own validation knows neither
/// codes nor pointers, so it is switched off for Souk's routes.
/// </summary>
public static class Validation
{
    private const int ErrorsMax = 50;
    private static readonly ConcurrentDictionary<Type, Member[]> Members = new();

    /// <summary>The parameters of a handler that are the caller's input; null when there is nothing to check.</summary>
    internal static Action<EndpointFilterInvocationContext>? For(MethodInfo method, IServiceProvider services)
    {
        var isService = services.GetService<IServiceProviderIsService>();
        var checks = method.GetParameters()
            .Select((parameter, index) => (Index: index, Check: Check.Of(parameter)))
            .Where(entry => entry.Check is not null && isService?.IsService(entry.Check.Type) != true)
            .ToArray();
        if (checks.Length == 0)
            return null;
        return context =>
        {
            List<FieldError>? errors = null;
            foreach (var (index, check) in checks)
                check!.Run(context.Arguments[index], ref errors);
            if (errors is not null)
                throw Refused(errors);
        };
    }

    /// <summary>Checks a record that did not come as a parameter, for example one line of an import.</summary>
    /// <exception cref="RuleException">422 with everything that is wrong.</exception>
    public static void Validate(object value)
    {
        if (Errors(value) is { Count: > 0 } errors)
            throw Refused(errors);
    }

    /// <summary>What is wrong with a record, or with values that a caller named; empty when nothing is.</summary>
    /// <param name="value">The record, or a dictionary.</param>
    public static IReadOnlyList<FieldError> Errors(object value)
    {
        List<FieldError>? errors = null;
        Walk(value, "", ref errors);
        return errors ?? [];
    }

    private static RuleException Refused(IReadOnlyList<FieldError> errors)
    {
        // Text that no store can hold is no broken rule: the request itself is malformed.
        var malformed = errors.FirstOrDefault(error => error.Code == "invalid_text");
        return malformed is not null
            ? new RuleException(400, malformed.Code, malformed.Detail, malformed)
            : new RuleException(422, "validation_failed", $"{errors.Count} field{(errors.Count == 1 ? " needs" : "s need")} attention.", [.. errors.Take(ErrorsMax)]);
    }

    private static void Walk(object? value, string pointer, ref List<FieldError>? errors)
    {
        if (value is null or string || errors?.Count > ErrorsMax)
            return;
        if (value is IDictionary named)
        {
            FreeValues.Check(named, pointer, ref errors);
            return;
        }
        if (value is JsonElement json)
        {
            FreeValues.Check(json, pointer, ref errors);
            return;
        }
        if (value is IEnumerable items)
        {
            var index = 0;
            foreach (var item in items)
            {
                if (item is string text)
                    Texts.Check(text, singleLine: false, $"{pointer}/{index}", ref errors);
                else if (item is null)
                    (errors ??= []).Add(new($"{pointer}/{index}", "required", "Give a value, or leave the entry out."));
                else if (IsOurs(item.GetType()))
                    Walk(item, $"{pointer}/{index}", ref errors);
                index++;
            }
            return;
        }
        if (!IsOurs(value.GetType()))
            return;
        foreach (var member in Members.GetOrAdd(value.GetType(), MembersOf))
        {
            var part = member.Property.GetValue(value);
            var at = pointer + "/" + member.Name;
            Rules.Check(member.Attributes, part, at, value, ref errors);
            Walk(part, at, ref errors);
        }
        if (value is IValidatableObject validatable)
            foreach (var result in validatable.Validate(new ValidationContext(value)))
                if (result is not null)
                    (errors ??= []).Add(new FieldError(
                        pointer + "/" + JsonNamingPolicy.SnakeCaseLower.ConvertName(result.MemberNames.FirstOrDefault() ?? ""), "invalid", result.ErrorMessage ?? "It is not valid."));
    }

    private static bool IsOurs(Type type) => type is { IsEnum: false } && type.Assembly.GetName().Name?.StartsWith("Souk.", StringComparison.Ordinal) == true;

    private static Member[] MembersOf(Type type)
    {
        // A record's annotations stand on the parameters of its constructor.
        var parameters = type.GetConstructors().OrderByDescending(constructor => constructor.GetParameters().Length)
            .FirstOrDefault()?.GetParameters() ?? [];
        return [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && property.GetMethod is not null)
            .Select(property => new Member(
                property,
                property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name),
                [.. property.GetCustomAttributes<ValidationAttribute>(true),
                    .. parameters.Where(parameter => parameter.Name == property.Name).SelectMany(parameter => parameter.GetCustomAttributes<ValidationAttribute>(true))]))
            .Where(member => member.Attributes.Length > 0 || CanHoldInput(member.Property.PropertyType))];
    }

    private static bool CanHoldInput(Type type) =>
        type == typeof(string) || (Nullable.GetUnderlyingType(type) ?? type) == typeof(JsonElement)
        || IsOurs(Nullable.GetUnderlyingType(type) ?? type) || (typeof(IEnumerable).IsAssignableFrom(type) && type != typeof(string));

    private sealed record Member(PropertyInfo Property, string Name, ValidationAttribute[] Attributes);

    /// <summary>What is checked of one parameter.</summary>
    private sealed class Check(ParameterInfo parameter, ValidationAttribute[] attributes, bool isBody)
    {
        private readonly bool isQuery = parameter.IsDefined(typeof(AsParametersAttribute));

        public Type Type => parameter.ParameterType;

        public static Check? Of(ParameterInfo parameter)
        {
            var attributes = parameter.GetCustomAttributes<ValidationAttribute>(true).ToArray();
            var element = parameter.ParameterType.IsArray ? parameter.ParameterType.GetElementType()! : Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
            // Souk's own classes that are no input are services, or bind themselves.
            var isBody = IsOurs(element) && element.GetMethod("BindAsync", BindingFlags.Public | BindingFlags.Static) is null && element.GetMethod("TryParse", BindingFlags.Public | BindingFlags.Static) is null;
            return attributes.Length > 0 || isBody || parameter.ParameterType == typeof(string) ? new Check(parameter, attributes, isBody) : null;
        }

        public void Run(object? value, ref List<FieldError>? errors)
        {
            Rules.Check(attributes, value, isBody ? "" : "?" + JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!), null, ref errors);
            if (!isBody)
                return;
            List<FieldError>? found = null;
            Walk(value, "", ref found);
            if (found is not null)
                (errors ??= []).AddRange(isQuery ? found.Select(error => error with { Pointer = "?" + error.Pointer[1..] }) : found);
        }
    }
}

/// <summary>The annotations that Souk uses, as codes and sentences.</summary>
internal static class Rules
{
    // A text no longer than this is a name, a title, a line of an address: it has one line.
    private const int SingleLineMax = 320;

    public static void Check(ValidationAttribute[] attributes, object? value, string pointer, object? container, ref List<FieldError>? errors)
    {
        var before = errors?.Count ?? 0;
        foreach (var attribute in attributes)
            if (Broken(attribute, value, container) is var (code, detail))
                (errors ??= []).Add(new FieldError(pointer, code, MessageOf(attribute) ?? detail));
        if (value is string text && (errors?.Count ?? 0) == before)
            Texts.Check(text, attributes.Any(IsShort), pointer, ref errors);
    }

    // Some bring a message of the framework's, with a hole for the name of the field.
    private static string? MessageOf(ValidationAttribute attribute) =>
        attribute.ErrorMessage is { } own && !own.Contains("{0}", StringComparison.Ordinal) ? own : null;

    private static (string, string) Blank => ("blank", "Give a value that is not blank.");

    private static bool IsShort(ValidationAttribute attribute) =>
        attribute is StringLengthAttribute { MaximumLength: <= SingleLineMax } or MaxLengthAttribute { Length: <= SingleLineMax } or EmailAddressAttribute;

    private static (string Code, string Detail)? Broken(ValidationAttribute attribute, object? value, object? container) => attribute switch
    {
        RequiredAttribute required => value is null ? ("required", "Give a value.")
            : value is string text && !required.AllowEmptyStrings && Texts.IsBlank(text) ? Blank : null,
        _ when value is null => null,
        StringLengthAttribute length => Length(value, length.MinimumLength, length.MaximumLength),
        LengthAttribute length => Length(value, length.MinimumLength, length.MaximumLength),
        MaxLengthAttribute length => Length(value, 0, length.Length),
        MinLengthAttribute length => Length(value, length.Length, int.MaxValue),
        RangeAttribute range => Range(range, value),
        EmailAddressAttribute => value is string text && EmailAddresses.IsValid(text) ? null
            : ("invalid_email", "Give an e-mail address, such as ann@example.com."),
        AllowedValuesAttribute allowed => attribute.IsValid(value) ? null : ("unknown_value", $"One of: {string.Join(", ", allowed.Values)}."),
        // The attribute takes an empty text for none.
        RegularExpressionAttribute form when value is ""
            && !Regex.IsMatch("", $"^({form.Pattern})$", RegexOptions.None, form.MatchTimeout) =>
            ("invalid_format", "It may not be empty. Leave it out."),
        RegularExpressionAttribute => attribute.IsValid(value) ? null : ("invalid_format", "It does not have the form that the document describes."),
        UrlAttribute => attribute.IsValid(value) ? null : ("invalid_url", "Give an absolute http or https address."),
        _ => attribute.GetValidationResult(value, new ValidationContext(container ?? value)) is { } result
            ? ("invalid", result.ErrorMessage ?? "It is not valid.") : null,
    };

    private static (string, string)? Length(object value, int min, int max)
    {
        if (min > 0 && value is string blank && Texts.IsBlank(blank))
            return Blank;
        var (length, unit) = value switch
        {
            // People count characters, not UTF-16 units.
            string text => (text.Length <= max && text.Length >= min * 2 ? text.Length : text.EnumerateRunes().Count(), "characters"),
            ICollection items => (items.Count, "entries"),
            IEnumerable items => (items.Cast<object?>().Take(max == int.MaxValue ? min : max + 1).Count(), "entries"),
            _ => (min, ""),
        };
        if (length > max)
            return (unit == "entries" ? "too_many" : "too_long", string.Create(CultureInfo.InvariantCulture, $"At most {max} {unit}."));
        if (length < min)
            return (unit == "entries" ? "too_few" : "too_short",
                string.Create(CultureInfo.InvariantCulture, $"At least {min} {unit}."));
        return null;
    }

    private static (string, string)? Range(RangeAttribute range, object value)
    {
        var side = value switch
        {
            // As the numbers they are: the attribute rounds 100.4 to the 100 of an int, and fails on a long beyond it.
            int or long or decimal =>
                Number(value) < Number(range.Minimum) ? -1 : Number(value) > Number(range.Maximum) ? 1 : 0,
            _ when range.IsValid(value) => 0,
            _ => Comparer.Default.Compare(
                Convert.ChangeType(value, range.Minimum.GetType(), CultureInfo.InvariantCulture), range.Minimum) <= 0 ? -1 : 1,
        };
        if (side == 0)
            return null;
        return (side < 0 ? "too_small" : "too_large", string.Create(CultureInfo.InvariantCulture, $"From {range.Minimum} to {range.Maximum}."));
    }

    private static decimal Number(object value) => Convert.ToDecimal(value, CultureInfo.InvariantCulture);
}

/// <summary>What no text may hold.</summary>
internal static class Texts
{
    /// <summary>Whether nothing of it can be seen: spaces, and marks such as U+200B that take no place.</summary>
    public static bool IsBlank(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (!Rune.IsWhiteSpace(rune) && Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format)
                return false;
        return true;
    }

    public static void Check(string text, bool singleLine, string pointer, ref List<FieldError>? errors)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is >= ' ' and < '\u007F' or (> '\u009F' and < '\u2000'))
                continue;
            if (c == '\0' || (char.IsSurrogate(c) && !(char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[++i]))))
            {
                (errors ??= []).Add(new FieldError(pointer, "invalid_text", "The text holds NUL or half a character. Leave it out."));
                return;
            }
            if ((char.IsControl(c) && (singleLine || c is not ('\n' or '\r' or '\t'))) || (singleLine && IsDirection(c)))
            {
                (errors ??= []).Add(new FieldError(pointer, "invalid_characters", "Leave out control characters, line breaks and marks of direction."));
                return;
            }
        }
        if (!CardNumbers.MayStandAt(pointer) && CardNumbers.IsIn(text))
            (errors ??= []).Add(new FieldError(
                pointer, "card_number",
                "It looks like the number of a payment card. Souk takes none: pay with a token of the gateway."));
    }

    // Marks that turn the reading direction make one name look like another.
    private static bool IsDirection(char c) => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029';
}
