using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Catalog.Domain;

/// <summary>A node of the tree that products stand in.</summary>
internal sealed class Category : IVersioned
{
    public const int DepthMax = 8;

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public Guid? ParentId { get; private set; }
    public string Name { get; private set; } = "";
    public string Slug { get; private set; } = "";

    /// <summary>Its ancestors from the root on, then itself.</summary>
    public Guid[] Path { get; private set; } = [];

    public int Position { get; private set; }
    public long Version { get; set; }

    public void Call(string name, string? slug, int position) =>
        (Name, Slug, Position) = (name.Trim(), slug ?? (Slug.Length > 0 ? Slug : Domain.Slug.Of(name, Id)), position);

    /// <summary>Puts it below another, or at the top.</summary>
    /// <param name="parent">Null for the top.</param>
    public void PutBelow(Category? parent)
    {
        if (parent is not null && parent.Path.Contains(Id))
            throw RuleException.Invalid("/parent_id", "category_cycle", "A category cannot stand below itself.");
        Path = parent is null ? [Id] : [.. parent.Path, Id];
        if (Path.Length > DepthMax)
            throw RuleException.Invalid("/parent_id", "category_depth", $"The tree is at most {DepthMax} deep.");
        ParentId = parent?.Id;
    }

    /// <summary>Its place below an ancestor that was moved.</summary>
    public void Follow(Category moved)
    {
        Path = [.. moved.Path, .. Path.AsSpan(Array.IndexOf(Path, moved.Id) + 1)];
        if (Path.Length > DepthMax)
            throw RuleException.Invalid("/parent_id", "category_depth", $"The tree is at most {DepthMax} deep.");
    }
}
