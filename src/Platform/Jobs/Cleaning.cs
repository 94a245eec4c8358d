using Souk.Platform.Db;

namespace Souk.Platform.Jobs;

/// <summary>How jobs take out of a table what has had its time.</summary>
public static class Cleaning
{
    private const int StepMax = 5000;
    private const int StepsMax = 40;

    /// <summary>
    /// Deletes in steps: each is short, so that a backlog of any size, as after a flood, never meets the time limit of a
    /// statement, at which nothing would be deleted ever again. As many a run as come in a minute of a few thousand writes a
    /// second.
    /// </summary>
    /// <param name="db">The service's database.</param>
    /// <param name="table">Out of which table.</param>
    /// <param name="isOver">Which rows, in SQL.</param>
    /// <param name="ct">Ends the run.</param>
    /// <param name="args">What the condition means by <c>$1</c> and so on.</param>
    /// <param name="skipLocked">Whether rows that somebody holds wait for the next run, and not the run for them.</param>
    public static async Task DeleteInSteps(
        this ServiceDb db, string table, string isOver, CancellationToken ct, object?[]? args = null,
        bool skipLocked = false)
    {
        // By where they lie: a table needs no key for it, and a row that changes meanwhile lies elsewhere and stays.
        var sql = $"""
            delete from {table} where ctid = any(array(
                select ctid from {table} where {isOver} limit {StepMax} {(skipLocked ? "for update skip locked" : "")}))
            """;
        for (var step = 0; step < StepsMax; step++)
            if (await db.Execute(sql, ct, args ?? []) < StepMax)
                return;
    }
}
