using System.Text.Json;
using Microsoft.Extensions.Options;
using Souk.Platform;
using Souk.Platform.Caching;
using Souk.Platform.Db;

namespace Souk.Catalog.Reads;

/// <summary>
/// The published products as everybody sees them, ready to send: in the memory of each process, and behind it in Redis where
/// one is configured, so that of many processes one reads the database and a new one need not begin with nothing.
/// </summary>
internal sealed class ProductCache(
    Service<CatalogDb> service, Redis redis, IOptions<CatalogOptions> options, TimeProvider clock)
{
    // Events end an answer at once. The age is the net below them: a process that lost its database connection hears nothing.
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(30);
    private readonly ByteCache<Guid> answers = new(options.Value.CatalogCacheMegabytes * 1_000_000L * 3 / 4, AgeMax, clock);
    private readonly SharedCache shared = new(redis, "products", AgeMax, clock);

    public ReadyAnswer? Find(Guid id) => answers.Find(id);

    /// <summary>Null when there is no such product or it is not published.</summary>
    public Task<ReadyAnswer?> FindOrRead(Guid id, CancellationToken ct) => answers.FindOrRead(id, Read, ct);

    /// <summary>These products changed; all did when there are none.</summary>
    public void Forget(Guid[] ids)
    {
        if (ids.Length == 0)
        {
            answers.ForgetAll();
            shared.ForgetAll();
        }
        foreach (var id in ids)
        {
            answers.Forget(id);
            shared.Forget(Key(id));
        }
    }

    /// <summary>The product for those who may see it before it is published.</summary>
    public async Task<ProductRow?> Row(Guid id, bool all, CancellationToken ct) =>
        (await service.Query(ProductReads.ProductSql, ProductReads.Product, ct, id, all)).FirstOrDefault();

    private async Task<ReadyAnswer?> Read(Guid id) =>
        await shared.FindOrRead(Key(id), () => ReadHere(id)) is { } answer
            ? new ReadyAnswer(answer.Bytes, answer.Version) { MadeAt = answer.MadeAt }
            : null;

    // Read for everybody who waits, so no single request may break it off; the database's time limit ends it.
    private async Task<SharedAnswer?> ReadHere(Guid id)
    {
        var madeAt = clock.GetTimestamp();
        var row = await Row(id, all: false, CancellationToken.None);
        return row is { Answer.Status: "published" }
            ? new SharedAnswer(row.Version, JsonSerializer.SerializeToUtf8Bytes(row.Answer, Json.Api), madeAt)
            : null;
    }

    private static string Key(Guid id) => id.ToString("N");
}
