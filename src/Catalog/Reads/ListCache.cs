using Microsoft.Extensions.Options;

namespace Souk.Catalog.Reads;

/// <summary>Pages of the public product list, ready to send.</summary>
internal sealed class ListCache(IOptions<CatalogOptions> options, TimeProvider clock)
{
    // A change of a product ends all pages here at once; what only sales change (stock, ranking) shows a second later.
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);
    private readonly ByteCache<string> pages = new(options.Value.CatalogCacheMegabytes * 1_000_000L / 4, AgeMax, clock);

    public ReadyAnswer? Find(string query) => pages.Find(query);

    public Task<ReadyAnswer?> FindOrRead(string query, Func<string, Task<ReadyAnswer?>> read, CancellationToken ct) =>
        pages.FindOrRead(query, read, ct);

    public void Forget() => pages.ForgetAll();
}
