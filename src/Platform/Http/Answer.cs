using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Souk.Platform.Http;

/// <summary>Answers that are not ready when the handler returns.</summary>
public static class Answer
{
    /// <summary>
    /// An answer that shows what was saved, made after the save: versions are those of the database.
    /// <c>return Answer.Saved(() =&gt; TypedResults.Ok(CompanyResponse.Of(company)));</c>
    /// </summary>
    public static Saved<TResult> Saved<TResult>(Func<TResult> make) where TResult : IResult => new(make);

    /// <summary>
    /// Marks a route whose answer an event brings: the request is committed as running and waits. Its handler takes the
    /// <see cref="Id" /> and returns <see cref="Later" />.
    /// </summary>
    public static TBuilder AnswersLater<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new LateRoute());

    /// <summary>
    /// The id under which the answer of this request will come. A checkout makes it the id of its order: one id, and no
    /// second write to tie the two together.
    /// </summary>
    /// <exception cref="InvalidOperationException">The route is not marked with <see cref="AnswersLater{TBuilder}" />.</exception>
    public static Guid Id(HttpContext http) =>
        http.Features.Get<WriteContext>()?.AnswerId ?? throw new InvalidOperationException("The route lacks .AnswersLater().");

    /// <summary>
    /// Commits, then waits for <see cref="PendingAnswers.Complete(Db.ServiceDb, LateAnswer)" />. When the time is over the
    /// fallback is the answer, also of every retry.
    /// </summary>
    /// <param name="fallback">Usually 202 with the Location of what can be read.</param>
    /// <param name="limit">How long to wait; <see cref="HttpOptions.AnswerWait" /> by default.</param>
    public static IResult Later(IResult fallback, TimeSpan? limit = null) => new LaterResult(fallback, limit);
}

/// <summary>An answer that is made after the save.</summary>
/// <typeparam name="TResult">What it is, also in the document.</typeparam>
public sealed class Saved<TResult> : IResult, IEndpointMetadataProvider where TResult : IResult
{
    private readonly Func<TResult> make;

    internal Saved(Func<TResult> make) => this.make = make;

    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext) => make().ExecuteAsync(httpContext);

    // The typed result says in the document what it is; a generic constraint would keep out those that do not.
    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        if (typeof(TResult).IsAssignableTo(typeof(IEndpointMetadataProvider)))
            typeof(TResult).GetInterfaceMap(typeof(IEndpointMetadataProvider)).TargetMethods[0].Invoke(null, [method, builder]);
    }
}

/// <summary>The metadata of a route whose answer an event brings.</summary>
internal sealed record LateRoute;

internal sealed record LaterResult(IResult Fallback, TimeSpan? Limit) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => Fallback.ExecuteAsync(httpContext);
}

/// <summary>What the platform knows about the write that a request is.</summary>
internal sealed class WriteContext
{
    public IdempotencyRecord? Record { get; init; }

    public Guid? AnswerId { get; init; }
}
