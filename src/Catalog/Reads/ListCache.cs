using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.Catalog.Reads;

/// <summary>Pages of the public product list, ready to send.</summary>
internal sealed class ListCache(IOptions<CatalogOptions> options, TimeProvider clock)
{
    // A change of a product ends all pages here at once; what only sales change (stock, ranking) shows a second later.
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    // All side by side they share the cores, and the slowest of a hundred takes three times as long. In turn the median is
    // later and the slowest sooner (docs/performance.md). A list that is read late is read for somebody who has left.
    private static readonly TimeSpan TurnMax = TimeSpan.FromMilliseconds(300);
    private readonly Turns turns = new(2 * Environment.ProcessorCount, TurnMax, clock);
    private readonly ByteCache<string> pages = new(options.Value.CatalogCacheMegabytes * 1_000_000L / 4, AgeMax, clock);

    public ReadyAnswer? Find(string query) => pages.Find(query);

    /// <summary>Reads a page in turn; who would wait too long for that is refused.</summary>
    public async Task<IResult> FindOrRead(string query, Func<string, Task<ReadyAnswer?>> read, CancellationToken ct) =>
        turns.IsCrowded ? Problem.Busy() : (await pages.FindOrRead(query, key => InTurn(key, read), ct))!;

    public void Forget() => pages.ForgetAll();

    private async Task<ReadyAnswer?> InTurn(string query, Func<string, Task<ReadyAnswer?>> read)
    {
        using var turn = await turns.Take(CancellationToken.None);
        return await read(query);
    }
}
