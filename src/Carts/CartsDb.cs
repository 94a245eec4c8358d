using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Souk.Carts.Domain;
using Souk.Contracts.Carts;
using Souk.Platform;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Carts;

/// <summary>The database of Carts.</summary>
internal sealed class CartsDb(DbContextOptions<CartsDb> options, Service<CartsDb> service, OfferCache cache)
    : ServiceDb(options, service)
{
    public DbSet<DeliveryMethodRow> DeliveryMethods => Set<DeliveryMethodRow>();

    public DbSet<TaxRateRow> TaxRates => Set<TaxRateRow>();

    public DbSet<PromotionRow> Promotions => Set<PromotionRow>();

    public DbSet<CustomerGroupRow> CustomerGroups => Set<CustomerGroupRow>();

    /// <summary>The cart; null when there is none.</summary>
    public Task<Cart?> Cart(Guid id, CancellationToken ct) => OneCart(CartSql.Read, ct, id);

    /// <summary>
    /// Whose cart a write means. Somebody who filled a cart as a guest and then signed in sends both tokens: the guest's cart
    /// is merged into the customer's by the same message that changes it.
    /// </summary>
    public CartOwner Owner(Caller caller)
    {
        var owner = CartOwner.Of(caller);
        if (owner.GuestCartId is { } guest)
            Run(CartSql.Merge, owner.CartId, owner.AccountId, guest);
        return owner;
    }

    /// <summary>A statement of <see cref="CartSql" /> that answers one cart, and is all that the request writes; null when it answered no row.</summary>
    public async Task<Cart?> OneCart(string sql, CancellationToken ct, params object?[] args)
    {
        if (await QueryAlone(sql, CartRows.Cart, ct, args) is not [var row])
            return null;
        var offers = await Offers(row.OfferIds, ct);
        return row.Cart with
        {
            Lines = [.. row.OfferIds.Select((id, n) => new BasketLine(id, row.Quantities[n], row.Prices[n], offers[n]))],
        };
    }

    /// <summary>The offers in the order of their ids, null for those that are not known.</summary>
    public async Task<Offer?[]> Offers(Guid[] ids, CancellationToken ct)
    {
        var offers = Array.ConvertAll(ids, cache.Find);
        Guid[] missing = [.. ids.Where((_, n) => offers[n] is null)];
        if (missing.Length == 0)
            return offers;
        var read = await Query(CartSql.Offers, row =>
        {
            var offer = CartRows.Offer(row);
            cache.Keep(offer, row.GetInt64(15), row.GetInt64(16));
            return offer;
        }, ct, (object)missing); // Else the array would be the arguments.
        return Array.ConvertAll(ids, id => read.Find(offer => offer.Id == id) ?? cache.Find(id));
    }

    /// <summary>What a quote must know of promotions: those of the codes given, and those without a code whose use matters.</summary>
    public Task<List<AskedPromotion>> Asked(Basket basket, Guid[] automatic, string? customer, CancellationToken ct) => Query(
        CouponSql.Asked, CartRows.Asked, ct, basket.Coupons.ToArray(), automatic, Pg.Uuid(basket.AccountId), Pg.Text(customer));

    /// <summary>A contact that the caller's account keeps; null when there is none such.</summary>
    public async Task<ContactCard?> KeptContact(Caller caller, Guid id, CancellationToken ct)
    {
        var cards = await Query(
            "select card::text from contacts where id = $1 and account_id = $2 and kept and card is not null",
            row => JsonSerializer.Deserialize<ContactCard>(row.GetString(0), Json.Events)!, ct, id, Pg.Uuid(caller.AccountId));
        return cards.FirstOrDefault();
    }

    /// <summary>The newest contact that the caller's account keeps; null when it keeps none.</summary>
    public async Task<ContactCard?> NewestContact(Caller caller, CancellationToken ct)
    {
        if (caller.AccountId is not { } accountId)
            return null;
        var cards = await Query(
            "select card::text from contacts where account_id = $1 and kept and card is not null order by id desc limit 1",
            row => JsonSerializer.Deserialize<ContactCard>(row.GetString(0), Json.Events)!, ct, accountId);
        return cards.FirstOrDefault();
    }

    /// <summary>Why a statement about a line changed nothing.</summary>
    public async Task<RuleException> NoSuchLine(CartOwner owner, CancellationToken ct) =>
        await Cart(owner.CartId, ct) is { IsFrozen: true } cart ? cart.Frozen() : RuleException.NotFound();

    /// <summary>Opens carts that their order still holds.</summary>
    public void ReopenCarts((Guid CartId, Guid OrderId)[] carts)
    {
        if (carts.Length > 0)
            Run(
                """
                update carts c set status = 'open', order_id = null, version = c.version + 1, updated_at = now()
                  from unnest($1::uuid[], $2::uuid[]) as o (cart_id, order_id) where c.id = o.cart_id and c.order_id = o.order_id
                """,
                carts.Select(cart => cart.CartId).ToArray(), carts.Select(cart => cart.OrderId).ToArray());
    }

    /// <summary>Gives back what orders took that never came about, each once; they do not count as orders of their buyers.</summary>
    public void ReturnCoupons(Guid[] orderIds)
    {
        Run("update contacts set refused = true where id = any($1) and account_id is not null", orderIds);
        Ask(CouponSql.LockToReturn, _ => { }, orderIds);
        Run(CouponSql.Return, orderIds);
    }

    /// <summary>Refuses who may not change a promotion, as if it were not there.</summary>
    public async Task CheckManaged(Guid promotionId, Caller caller, CancellationToken ct)
    {
        if (!await Promotions.ManagedBy(caller).AnyAsync(promotion => promotion.Id == promotionId, ct))
            throw RuleException.NotFound();
    }

    /// <summary>How often limited promotions were taken; those never taken are left out.</summary>
    public async Task<Dictionary<Guid, long>> Used(Guid[] promotionIds, CancellationToken ct)
    {
        var rows = await Query(
            "select promotion_id, used from promotion_counts where promotion_id = any($1)", row => (Id: row.GetGuid(0), Used: row.GetInt64(1)), ct, promotionIds);
        return rows.ToDictionary(row => row.Id, row => row.Used);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<DeliveryMethodRow>().ToTable("delivery_methods");
        modelBuilder.Entity<TaxRateRow>().ToTable("tax_rates");
        modelBuilder.Entity<PromotionRow>().ToTable("promotions");
        modelBuilder.Entity<CustomerGroupRow>().ToTable("customer_groups");
    }
}

/// <summary>Which rules of pricing a caller may see.</summary>
internal static class PricingQueries
{
    /// <summary>Methods of the caller's companies and of the marketplace; staff see all.</summary>
    public static IQueryable<DeliveryMethodRow> VisibleTo(this IQueryable<DeliveryMethodRow> methods, Caller caller)
    {
        var (all, own) = (caller.Can(Permissions.PricingManage), caller.CompaniesWith(Permissions.PricingManage));
        return methods.Where(method => all || method.CompanyId == null || own.Contains(method.CompanyId.Value));
    }

    /// <summary>Promotions of the caller's companies; staff see all. The marketplace's codes are nobody else's to read.</summary>
    public static IQueryable<PromotionRow> ManagedBy(this IQueryable<PromotionRow> promotions, Caller caller)
    {
        var (all, own) = (caller.Can(Permissions.PricingManage), caller.CompaniesWith(Permissions.PricingManage));
        return promotions.Where(promotion => all || (promotion.CompanyId != null && own.Contains(promotion.CompanyId.Value)));
    }
}
