using Souk.Platform.Jobs;

namespace Souk.Catalog.Jobs;

/// <summary>Forgets imports that ended more than 30 days ago, with what was wrong in them.</summary>
internal sealed class ForgetImports(CatalogDb db) : IJob
{
    private const int StepMax = 500;

    public Task Run(CancellationToken ct) => db.Execute("""
        delete from imports where id in (
            select id from imports where finished_at < now() - interval '30 days' order by finished_at limit $1)
        """, ct, StepMax);
}
