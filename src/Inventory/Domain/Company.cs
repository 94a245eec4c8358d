namespace Souk.Inventory.Domain;

/// <summary>A company as Identity says it is. Written by <c>OnCompanyChanged</c> only.</summary>
internal sealed class Company
{
    /// <summary>The kind of companies that store for others.</summary>
    public const string Operator = "warehouse_operator";

    public const string Approved = "approved";

    public Guid Id { get; init; }

    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    public string Country { get; init; } = "";

    public string Status { get; init; } = "";
}
