namespace Souk.Platform.Http;

/// <summary>
/// A rule of the business says no. Thrown by the domain, answered as problem+json in one place; what the request had
/// changed is rolled back. What a caller must branch on is a return value instead.
/// </summary>
public class RuleException : Exception
{
    /// <summary>A refusal for the state the thing is in: 409.</summary>
    /// <param name="code">Stable, snake_case; clients match on it.</param>
    /// <param name="detail">A sentence that says what to do. Never more than 64 characters of input, no SQL, no path.</param>
    public RuleException(string code, string detail) : this(409, code, detail)
    {
    }

    /// <summary>A refusal with a status of its own.</summary>
    /// <param name="status">The HTTP status, 400 to 599.</param>
    /// <param name="code">Stable, snake_case; clients match on it.</param>
    /// <param name="detail">A sentence that says what to do.</param>
    /// <param name="errors">The fields it concerns, all of them.</param>
    public RuleException(int status, string code, string detail, params FieldError[] errors) : base(detail)
    {
        Status = status;
        Code = code;
        Errors = errors;
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The stable code.</summary>
    public string Code { get; }

    /// <summary>The fields it concerns; may be empty.</summary>
    public IReadOnlyList<FieldError> Errors { get; }

    /// <summary>More members of the problem, for example <c>allowed</c> or the choices the caller has.</summary>
    public Dictionary<string, object?> More { get; } = [];

    /// <summary>A value breaks a rule: 422 about one field.</summary>
    /// <param name="pointer">JSON pointer of the field, for example <c>/lines/0/quantity</c>.</param>
    /// <param name="code">Stable code of the field's problem.</param>
    /// <param name="detail">A sentence that says what to do.</param>
    public static RuleException Invalid(string pointer, string code, string detail) =>
        new(422, code, detail, new FieldError(pointer, code, detail));

    /// <summary>What was asked for is not there, or not the caller's: 404, the same either way.</summary>
    public static RuleException NotFound() => new(404, "not_found", "There is nothing here that you may see.");
}

/// <summary>A problem with one field of a request.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) into the body, or <c>?name</c> for a query parameter.</param>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Detail">A sentence that says what to do.</param>
public sealed record FieldError(string Pointer, string Code, string Detail);
