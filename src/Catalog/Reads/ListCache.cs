using Microsoft.Extensions.Options;

namespace Souk.Catalog.Reads;

/// <summary>Pages of the public product list, ready to send.</summary>
internal sealed class ListCache(IOptions<CatalogOptions> options, TimeProvider clock)
{
    // A change of a product ends all pages here at once; what only sales change (stock, ranking) shows a second later.
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    // All side by side they share the cores, and the slowest of a hundred takes three times as long. In turn the median is
    // later and the slowest sooner (docs/performance.md); lists that take long hold up the others, at most this long.
    private static readonly TimeSpan TurnMax = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim turns = new(2 * Environment.ProcessorCount);
    private readonly ByteCache<string> pages = new(options.Value.CatalogCacheMegabytes * 1_000_000L / 4, AgeMax, clock);

    public ReadyAnswer? Find(string query) => pages.Find(query);

    public Task<ReadyAnswer?> FindOrRead(string query, Func<string, Task<ReadyAnswer?>> read, CancellationToken ct) =>
        pages.FindOrRead(query, key => InTurn(key, read), ct);

    public void Forget() => pages.ForgetAll();

    private async Task<ReadyAnswer?> InTurn(string query, Func<string, Task<ReadyAnswer?>> read)
    {
        if (!await turns.WaitAsync(TurnMax))
            throw new TimeoutException("Too many lists were asked for at once.");
        try
        {
            return await read(query);
        }
        finally
        {
            turns.Release();
        }
    }
}
