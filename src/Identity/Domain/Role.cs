using Souk.Platform.Db;

namespace Souk.Identity.Domain;

/// <summary>A role that a company made for its members, or the marketplace for its staff.</summary>
internal sealed class Role : IVersioned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Whose members may have it; null: the marketplace's staff.</summary>
    public Guid? CompanyId { get; init; }

    /// <summary>By it members have the role. It stays.</summary>
    public required string Name { get; init; }
    public string? Description { get; set; }
    public required string[] Permissions { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public long Version { get; set; }
}
