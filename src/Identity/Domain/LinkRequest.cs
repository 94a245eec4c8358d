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
    /// <summary>
    /// In SQL, of a request <c>r</c>: no newer one has taken its place. Of links to set a password only the newest works; that is
    /// asked when one is used, because ending the others when one is asked for would take longer where there are any.
    /// </summary>
    public const string IsNewest = """
        (r.purpose <> 'reset_password' or not exists (
            select 1 from link_requests n where n.account_id = r.account_id and n.purpose = r.purpose and n.created_at > r.created_at))
        """;

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
