using Souk.Platform.Db;
using Souk.Platform.Http;

namespace Souk.Catalog.Domain;

/// <summary>What became of a proposal.</summary>
internal enum ProposalStatus
{
    /// <summary>Nobody has decided.</summary>
    Pending,

    /// <summary>The product says it now.</summary>
    Accepted,

    /// <summary>The company that keeps the product, or the staff, said no.</summary>
    Rejected,

    /// <summary>Who proposed it took it back.</summary>
    Withdrawn,
}

/// <summary>A change of a product, proposed by a company that sells it and does not keep it.</summary>
internal sealed class Proposal : IVersioned
{
    public Guid Id { get; private set; }
    public Guid ProductId { get; private set; }
    public Guid CompanyId { get; private set; }
    public Guid AccountId { get; private set; }

    /// <summary>What is to change, as JSON; the rest stays.</summary>
    public string Changes { get; private set; } = "{}";

    public string Note { get; private set; } = "";
    public ProposalStatus Status { get; private set; }
    public string? Reason { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? DecidedAt { get; private set; }
    public long Version { get; set; }

    public static Proposal Of(Guid productId, Guid companyId, Guid accountId, string changes, string note,
        DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        ProductId = productId,
        CompanyId = companyId,
        AccountId = accountId,
        Changes = changes,
        Note = note,
        CreatedAt = now,
    };

    /// <summary>Ends it, once.</summary>
    public void Become(ProposalStatus status, string? reason, DateTimeOffset now)
    {
        if (Status != ProposalStatus.Pending)
            throw new RuleException("proposal_decided",
                $"The proposal is {Status.ToString().ToLowerInvariant()} already. Make a new one.");
        (Status, Reason, DecidedAt) = (status, reason, now);
    }
}
