using Souk.Platform.Db;

namespace Souk.Identity.Domain;

/// <summary>An entry of an account's address book.</summary>
internal sealed class Address : IVersioned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid AccountId { get; init; }
    public string? Label { get; set; }
    public required string Name { get; set; }
    public string? Company { get; set; }
    public required string Line1 { get; set; }
    public string? Line2 { get; set; }
    public required string City { get; set; }
    public string? Region { get; set; }
    public required string Postcode { get; set; }
    public required string Country { get; set; }
    public string? Phone { get; set; }
    public bool IsDefault { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public long Version { get; set; }
}
