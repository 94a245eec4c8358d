namespace Souk.Identity.Domain;

/// <summary>What a mailed link is for.</summary>
internal static class LinkPurpose
{
    public const string VerifyEmail = "verify_email";
    public const string ResetPassword = "reset_password";
    public const string InviteMember = "invite_member";
}

/// <summary>Something that a link, mailed once and good once, will finish. The link is derived from the id and never stored.</summary>
internal sealed class LinkRequest
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required string Purpose { get; init; }

    /// <summary>Whose it is; null for an invitation, and where an unknown address asked.</summary>
    public Guid? AccountId { get; init; }

    /// <summary>The address it goes to, where that is not the account's own: a new address, an invited one.</summary>
    public string? Email { get; init; }
    public Guid? CompanyId { get; init; }
    public string? Role { get; init; }
    public Guid? ShopId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? UsedAt { get; set; }
}
