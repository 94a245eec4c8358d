namespace Souk.Contracts.Identity;

/// <summary>An account as it is now, without who it is.</summary>
/// <param name="AccountId">The account; also the key.</param>
/// <param name="Kind"><c>customer</c>, <c>company</c>, <c>shop</c>, <c>warehouse</c>, <c>affiliate</c> or <c>staff</c>.</param>
/// <param name="Status"><c>active</c>, <c>suspended</c> or <c>closed</c>.</param>
/// <param name="Version">Grows with every change.</param>
public sealed record AccountChanged(Guid AccountId, string Kind, string Status, long Version) : IStateEvent
{
    /// <inheritdoc />
    public Guid Key => AccountId;
}

/// <summary>A company as it is now.</summary>
/// <param name="CompanyId">The company; also the key.</param>
/// <param name="Kind"><c>seller</c> or <c>warehouse_operator</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Country">Where it sits, ISO 3166-1 alpha-2.</param>
/// <param name="Status"><c>pending</c>, <c>approved</c>, <c>suspended</c> or <c>closed</c>.</param>
/// <param name="Version">Grows with every change.</param>
public sealed record CompanyChanged(Guid CompanyId, string Kind, string Name, string Country, string Status, long Version) : IStateEvent
{
    /// <inheritdoc />
    public Guid Key => CompanyId;
}

/// <summary>A shop as it is now.</summary>
/// <param name="ShopId">The shop; also the key.</param>
/// <param name="CompanyId">Who owns it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Slug">Its name in addresses.</param>
/// <param name="Status"><c>active</c> or <c>closed</c>.</param>
/// <param name="Version">Grows with every change.</param>
public sealed record ShopChanged(Guid ShopId, Guid CompanyId, string Name, string Slug, string Status, long Version) : IStateEvent
{
    /// <inheritdoc />
    public Guid Key => ShopId;
}

/// <summary>An address is to be verified. Who sends the mail asks <see cref="IIdentityApi.Link" /> for address and link.</summary>
/// <param name="RequestId">The request, from which the link is derived.</param>
/// <param name="AccountId">The account; also the key.</param>
public sealed record EmailVerificationRequested(Guid RequestId, Guid AccountId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => AccountId;
}

/// <summary>A new password was asked for. Who sends the mail asks <see cref="IIdentityApi.Link" /> for address and link.</summary>
/// <param name="RequestId">The request, from which the link is derived.</param>
/// <param name="AccountId">The account; also the key.</param>
public sealed record PasswordResetRequested(Guid RequestId, Guid AccountId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => AccountId;
}

/// <summary>Someone was invited to a company. Who sends the mail asks <see cref="IIdentityApi.Link" /> for address and link.</summary>
/// <param name="RequestId">The invitation, from which the link is derived.</param>
/// <param name="CompanyId">The company; also the key.</param>
public sealed record MemberInvited(Guid RequestId, Guid CompanyId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => CompanyId;
}

/// <summary>Someone was made a member of staff. Who sends the mail asks <see cref="IIdentityApi.Link" /> for address and link.</summary>
/// <param name="RequestId">The invitation, from which the link is derived.</param>
/// <param name="AccountId">The account; also the key.</param>
public sealed record StaffInvited(Guid RequestId, Guid AccountId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => AccountId;
}

/// <summary>The account is to move to another address. Who owns it hears of that at the present one.</summary>
/// <param name="AccountId">The account; also the key.</param>
public sealed record EmailChangeRequested(Guid AccountId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => AccountId;
}

/// <summary>A refresh token was used twice: its sign-in was ended, because two had the token.</summary>
/// <param name="AccountId">The account; also the key.</param>
/// <param name="SessionId">The sign-in that was ended.</param>
public sealed record RefreshTokenReused(Guid AccountId, Guid SessionId) : IEvent
{
    /// <inheritdoc />
    public Guid Key => AccountId;
}

/// <summary>The second step of an account's sign-in was turned on or off. Who owns it hears of that.</summary>
/// <param name="AccountId">The account; also the key.</param>
/// <param name="IsOn">Whether sign-in asks for it now.</param>
public sealed record SecondStepChanged(Guid AccountId, bool IsOn) : IEvent
{
    /// <inheritdoc />
    public Guid Key => AccountId;
}
