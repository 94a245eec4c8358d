using Microsoft.EntityFrameworkCore;
using Souk.Catalog.Domain;
using Souk.Catalog.Reads;
using Souk.Contracts.Catalog;
using Souk.Platform.Db;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.Catalog;

/// <summary>
/// The database of the catalogue. Whatever changes a product or an offer through it is announced by it: state events of the
/// product and of its offers, its row in the lists, and the end of its ready-made answers, all in the same transaction.
/// </summary>
internal sealed class CatalogDb(DbContextOptions<CatalogDb> options, Service<CatalogDb> service, ProductCache products, ListCache lists)
    : ServiceDb(options, service)
{
    /// <summary>How many products' offers one transaction announces; the rest is left to a job.</summary>
    public const int AnnouncedMax = 300;

    public DbSet<Product> Products => Set<Product>();
    public DbSet<Variant> Variants => Set<Variant>();
    public DbSet<Offer> Offers => Set<Offer>();
    public DbSet<Category> Categories => Set<Category>();
    public DbSet<Tag> Tags => Set<Tag>();
    public DbSet<ProductAttribute> Attributes => Set<ProductAttribute>();
    public DbSet<Proposal> Proposals => Set<Proposal>();

    /// <summary>Adds a statement whose rows nobody reads: it locks, or calls a function.</summary>
    public void Lock(string sql, params object?[] args) => Ask(sql, _ => { }, args);

    /// <summary>A product the caller may change, with its variants, locked against other changes. 404 otherwise.</summary>
    public async Task<Product> ProductOf(Caller caller, Guid id, CancellationToken ct)
    {
        Lock("select 1 from products where id = $1 for no key update", id);
        var product = await Products.Include(p => p.Variants.OrderBy(v => v.Position)).SingleOrDefaultAsync(p => p.Id == id, ct);
        return product is not null && caller.Can(Permissions.ProductsManage, product.CompanyId) ? product : throw RuleException.NotFound();
    }

    /// <summary>An offer the caller may change. 404 otherwise.</summary>
    public async Task<Offer> OfferOf(Caller caller, Guid id, CancellationToken ct)
    {
        // The product's title and state are in the offer's event: they must not change between its reading and its commit.
        Lock("select 1 from products where id = (select product_id from offers where id = $1) for share", id);
        var offer = await Offers.SingleOrDefaultAsync(o => o.Id == id, ct);
        return offer is not null && caller.Can(Permissions.ProductsManage, offer.CompanyId, offer.ShopId) ? offer : throw RuleException.NotFound();
    }

    /// <summary>The product as its keeper sees it, with what this request has changed.</summary>
    public async Task<ProductRow> View(Guid id, CancellationToken ct)
    {
        await SaveChangesAsync(ct);
        return (await Query(ProductReads.ProductSql, ProductReads.Product, ct, id, true)).Single();
    }

    /// <summary>The offer as its seller sees it, with what this request has changed.</summary>
    public async Task<OfferRow> ViewOffer(Guid id, CancellationToken ct)
    {
        await SaveChangesAsync(ct);
        return (await Query(ProductReads.OfferSql, ProductReads.Offer, ct, id)).Single();
    }

    /// <summary>
    /// Publishes the state of these products' offers again, because something that is not their own has changed: the product,
    /// the shop, the company, a category. At most some hundreds of products at a time.
    /// </summary>
    public async Task AnnounceOffers(Guid[] productIds, CancellationToken ct)
    {
        if (productIds.Length == 0)
            return;
        // In the order of their ids, so that two who announce the same offers do not wait for each other.
        await Execute("""
            update offers set version = version + 1
             where id in (select id from offers where product_id = any($1) and ended_at is null order by id for no key update)
            """, ct, productIds);
        await PublishOffers("o.product_id = any($1) and o.ended_at is null", productIds, ct);
        Refresh(productIds);
    }

    /// <summary>The same with the products' own states, for those who have forgotten them.</summary>
    public async Task AnnounceProducts(Guid[] productIds, CancellationToken ct)
    {
        if (productIds.Length == 0)
            return;
        // Locked, so that no newer state is published between the reading of this one and its commit.
        Lock("select 1 from products where id = any($1) order by id for share", productIds);
        foreach (var state in await Query(ProductReads.ProductStates, ProductReads.ProductState, ct, productIds))
            Publish(state);
        await AnnounceOffers(productIds, ct);
    }

    /// <summary>The same for all products with offers that meet a condition; what is too much for one transaction follows by a job. Of the table <c>offers</c>; <c>$1</c> is the id.</summary>
    public async Task AnnounceOffersWhere(string condition, Guid id, CancellationToken ct)
    {
        var products = await Query($"""
            with found as (select distinct product_id from offers where ended_at is null and {condition}),
                 later as (insert into due_products select product_id from found order by product_id offset {AnnouncedMax}
                           on conflict do nothing)
            select product_id from found order by product_id limit {AnnouncedMax}
            """, reader => reader.GetGuid(0), ct, id);
        await AnnounceOffers([.. products], ct);
    }

    /// <summary>The same for the products in a category and below it, which has moved: they stand under other ancestors now.</summary>
    public async Task AnnounceOffersBelow(Category moved, CancellationToken ct)
    {
        await SaveChangesAsync(ct);
        await AnnounceOffersWhere("""
            product_id in (select p.id from products p where p.category_ids && array(select id from categories where path @> array[$1::uuid]))
            """, moved.Id, ct);
    }

    /// <summary>Brings the lists up to date with these products and ends their ready-made answers, here and in every replica.</summary>
    public void Refresh(Guid[] productIds)
    {
        if (productIds.Length == 0)
            return;
        Lock("select refresh_listings($1)", productIds);
        Forget(productIds);
    }

    /// <summary>Ends the ready-made answers of these products, here and in every replica; of all when there are none.</summary>
    public void Forget(Guid[] productIds)
    {
        Publish(new CatalogViewsChanged(productIds.Length == 0 ? Guid.Empty : productIds[0], productIds));
        AfterCommit(() =>
        {
            products.Forget(productIds);
            lists.Forget();
        });
    }

    /// <summary>Like <see cref="Forget" />, for products of which only the stock changed: the pages of lists are let run out.</summary>
    public void ForgetStock(Guid[] productIds)
    {
        Publish(new CatalogViewsChanged(productIds[0], productIds));
        AfterCommit(() => products.Forget(productIds));
    }

    /// <summary>Saves, and announces what was saved.</summary>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        ChangeTracker.DetectChanges();
        Product[] changed = [.. Changed<Product>()];
        Offer[] offers = [.. Changed<Offer>()];
        var saved = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        await Announce(changed, offers, cancellationToken);
        return saved;
    }

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Product>(product =>
        {
            product.Property(p => p.Status).HasConversion(status => status.ToString().ToLowerInvariant(), text => Enum.Parse<ProductStatus>(text, true));
            product.Property(p => p.Attributes).HasColumnType("jsonb");
        });
        modelBuilder.Entity<Proposal>(proposal =>
        {
            proposal.Property(p => p.Status).HasConversion(status => status.ToString().ToLowerInvariant(),
                text => Enum.Parse<ProposalStatus>(text, true));
            proposal.Property(p => p.Changes).HasColumnType("jsonb");
        });
        modelBuilder.Entity<Variant>().Property(v => v.Options).HasColumnType("jsonb");
        // Told, so that rows are written in the order their keys ask for.
        modelBuilder.Entity<Offer>(offer =>
        {
            offer.HasOne<Product>().WithMany().HasForeignKey(o => o.ProductId).OnDelete(DeleteBehavior.NoAction);
            offer.HasOne<Variant>().WithMany().HasForeignKey(o => o.VariantId).OnDelete(DeleteBehavior.NoAction);
        });
        modelBuilder.Entity<Category>().HasOne<Category>().WithMany().HasForeignKey(c => c.ParentId).OnDelete(DeleteBehavior.NoAction);
        // Ids are made here: without this a new variant of a known product would be taken for one that is there already.
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
            modelBuilder.Entity(entity.ClrType).Property("Id").ValueGeneratedNever();
    }

    private IEnumerable<T> Changed<T>() where T : class =>
        ChangeTracker.Entries<T>().Where(entry => entry.State is EntityState.Added or EntityState.Modified).Select(entry => entry.Entity);

    private async Task Announce(Product[] changed, Offer[] offers, CancellationToken ct)
    {
        if (changed.Length == 0 && offers.Length == 0)
            return;
        Guid[] productIds = [.. changed.Select(product => product.Id)];
        Guid[] offerIds = [.. offers.Select(offer => offer.Id)];
        foreach (var product in changed)
            Publish(new ProductChanged(
                product.Id, product.Name, product.Slug, product.Status.ToString().ToLowerInvariant(), product.CompanyId, product.CategoryIds,
                [.. product.Variants.Select(v => new VariantState(v.Id, v.Title, v.WeightGrams))], product.Version));
        // The offers that were saved have their new version; the others of a changed product get it here.
        if (productIds.Length > 0)
            await Execute("""
                update offers set version = version + 1
                 where id in (select id from offers where product_id = any($1) and id <> all($2) and ended_at is null
                               order by id for no key update)
                """, ct, productIds, offerIds);
        await PublishOffers("(o.product_id = any($1) and o.ended_at is null) or o.id = any($2)", productIds, ct, offerIds);
        Refresh([.. productIds.Union(offers.Select(offer => offer.ProductId))]);
    }

    private async Task PublishOffers(string where, Guid[] productIds, CancellationToken ct, params object?[] more)
    {
        foreach (var state in await Query(ProductReads.OfferStates + " where " + where, ProductReads.OfferState, ct, [productIds, .. more]))
            Publish(state);
    }
}
