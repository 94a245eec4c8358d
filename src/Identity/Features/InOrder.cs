using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Souk.Platform.Http;

namespace Souk.Identity.Features;

internal static class InOrderExtensions
{
    /// <summary>
    /// The rows of a page in the order of their making, newest first unless <c>?sort=created_at</c> asks otherwise. Keyset
    /// paging over (time, id).
    /// </summary>
    public static IQueryable<T> InOrder<T>(
        this IQueryable<T> rows, PageRequest page, Expression<Func<T, DateTimeOffset>> at, Expression<Func<T, Guid>> id)
    {
        var isDescending = page.Sort("-created_at", "created_at") == "-created_at";
        if (page.After is { } after)
            rows = rows.Where(After(at, id, after.Get<DateTimeOffset>(0), after.Get<Guid>(1), isDescending));
        var ordered = isDescending
            ? rows.OrderByDescending(at).ThenByDescending(id)
            : rows.OrderBy(at).ThenBy(id);
        return ordered.Take(page.Take);
    }

    // row => (row.at, row.id) < (at, id), a comparison of rows that PostgreSQL answers from one index.
    private static Expression<Func<T, bool>> After<T>(
        Expression<Func<T, DateTimeOffset>> at, Expression<Func<T, Guid>> id, DateTimeOffset lastAt, Guid lastId, bool isDescending)
    {
        var row = at.Parameters[0];
        var create = new Func<DateTimeOffset, Guid, ValueTuple<DateTimeOffset, Guid>>(ValueTuple.Create).Method;
        var key = Expression.Call(create, at.Body, new Rename(id.Parameters[0], row).Visit(id.Body));
        var last = Expression.Call(create, Expression.Constant(lastAt), Expression.Constant(lastId));
        var compare = isDescending
            ? new Func<DbFunctions, System.Runtime.CompilerServices.ITuple, System.Runtime.CompilerServices.ITuple, bool>(NpgsqlDbFunctionsExtensions.LessThan).Method
            : new Func<DbFunctions, System.Runtime.CompilerServices.ITuple, System.Runtime.CompilerServices.ITuple, bool>(NpgsqlDbFunctionsExtensions.GreaterThan).Method;
        return Expression.Lambda<Func<T, bool>>(
            Expression.Call(compare, Expression.Constant(EF.Functions),
                Expression.Convert(key, typeof(System.Runtime.CompilerServices.ITuple)),
                Expression.Convert(last, typeof(System.Runtime.CompilerServices.ITuple))),
            row);
    }

    private sealed class Rename(ParameterExpression from, ParameterExpression to) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : node;
    }
}
