using System.Globalization;
using Microsoft.AspNetCore.Builder;

namespace Souk.Platform.Http;

/// <summary>What a route says about itself: for the write filter and for the OpenAPI document.</summary>
public static class RouteNotes
{
    /// <summary>
    /// The route's own error codes, for the document. A code stands for 409; another status is written in front of it:
    /// <c>.Problems("order_move", "402 payment_declined")</c>.
    /// </summary>
    public static TBuilder Problems<TBuilder>(this TBuilder route, params string[] codes) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RouteProblems([.. codes.Select(Read)]));

    /// <summary>An example for the document: a request body, an answer, or both. Instances of the route's own records.</summary>
    public static TBuilder WithExample<TBuilder>(this TBuilder route, object? request = null, object? response = null)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RouteExample(request, response));

    /// <summary>The route is another name of a canonical one.</summary>
    /// <param name="route">The route.</param>
    /// <param name="of">The canonical route, for example <c>POST /orders</c>.</param>
    public static TBuilder Alias<TBuilder>(this TBuilder route, string of = "") where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new AliasRoute(of));

    /// <summary>
    /// Its 201 is what another route answers with 200: another service wrote it, whose types this one does not know.
    /// </summary>
    /// <param name="route">The route.</param>
    /// <param name="of">The other, as it stands in the document, for example <c>GET /orders/{id}</c>.</param>
    /// <param name="member">What is written into it here, where it is.</param>
    /// <param name="description">What that is.</param>
    public static TBuilder AnswersAs<TBuilder>(this TBuilder route, string of, string member, string description)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new AnswerOf(of, member, description));

    /// <summary>
    /// The platform opens no transaction for the route: for slow computations, and for batches that have one per entry. What it
    /// writes, it writes through <see cref="Writes" />.
    /// </summary>
    public static TBuilder WithoutTransaction<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new NoTransaction());

    /// <summary>
    /// The answer is written piece by piece, however long it is: it has no deadline as a whole. Each of its reads keeps that of
    /// the database, and it ends with its reader.
    /// </summary>
    public static TBuilder Streams<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new StreamedRoute());

    private static RouteProblem Read(string code) => code.Split(' ') is [var status, var name]
        ? new RouteProblem(int.Parse(status, CultureInfo.InvariantCulture), name)
        : new RouteProblem(409, code);
}

/// <summary>An error that a route may answer.</summary>
/// <param name="Status">Its HTTP status.</param>
/// <param name="Code">Its stable code.</param>
public sealed record RouteProblem(int Status, string Code);

/// <summary>The metadata of a route's own errors.</summary>
/// <param name="Codes">All of them.</param>
public sealed record RouteProblems(IReadOnlyList<RouteProblem> Codes);

/// <summary>The metadata of a route's example.</summary>
/// <param name="Request">A body to send; null when the route takes none.</param>
/// <param name="Response">What it answers; null when that is not shown.</param>
public sealed record RouteExample(object? Request, object? Response);

/// <summary>The metadata of an alias.</summary>
/// <param name="Of">The canonical route.</param>
public sealed record AliasRoute(string Of);

internal sealed record AnswerOf(string Route, string Member, string Description);

internal sealed record NoTransaction;

internal sealed record StreamedRoute;

/// <summary>The metadata that says whose route it is.</summary>
/// <param name="Name">The module's name.</param>
public sealed record ModuleRoute(string Name)
{
    internal string Title => char.ToUpperInvariant(Name[0]) + Name[1..];
}
