using Souk.Contracts.Identity;
using Souk.Platform.Events;

namespace Souk.Carts.Events;

/// <summary>
/// An account was closed: its cart, the contacts it kept and its groups are gone. The contacts of its orders stay with the orders, for as
/// long as those must be kept.
/// </summary>
internal sealed class OnAccountChanged(CartsDb db) : IHandleBatch<AccountChanged>
{
    public Task Handle(IReadOnlyList<AccountChanged> events, CancellationToken ct)
    {
        Guid[] closed = [.. events.Where(e => e.Status == "closed").Select(e => e.AccountId).Distinct()];
        if (closed.Length == 0)
            return Task.CompletedTask;
        db.Run("delete from carts where id = any($1) and status = 'open'", closed);
        db.Run("delete from contacts where account_id = any($1) and kept", closed);
        db.Run("delete from customer_group_members where account_id = any($1)", closed);
        return Task.CompletedTask;
    }
}
