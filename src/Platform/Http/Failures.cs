using Npgsql;

namespace Souk.Platform.Http;

/// <summary>Finds what failed below what EF Core wrapped around it.</summary>
internal static class Failures
{
    public static PostgresException? Postgres(Exception e) => Find<PostgresException>(e);

    public static T? Find<T>(Exception? e) where T : Exception
    {
        for (var depth = 0; e is not null && depth < 8; depth++, e = e.InnerException)
            if (e is T found)
                return found;
        return null;
    }
}
