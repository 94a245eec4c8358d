namespace Souk.Identity.Domain;

/// <summary>A key with which a program acts for a company. Only its hash is kept; the key was shown once.</summary>
internal sealed class ApiKey
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid CompanyId { get; init; }
    public required Guid AccountId { get; init; }
    public required string Name { get; init; }
    public required string Hint { get; init; }
    public required byte[] Hash { get; init; }
    public required string[] Permissions { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }
}
