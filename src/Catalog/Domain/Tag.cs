using Souk.Platform.Db;

namespace Souk.Catalog.Domain;

/// <summary>A word that products are found by.</summary>
internal sealed class Tag : IVersioned
{
    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public string Name { get; private set; } = "";
    public string Slug { get; private set; } = "";
    public long Version { get; set; }

    public void Become(string name) => (Name, Slug) = (name.Trim(), Domain.Slug.Of(name));
}
