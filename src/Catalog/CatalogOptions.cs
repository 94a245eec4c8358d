using System.ComponentModel.DataAnnotations;

namespace Souk.Catalog;

/// <summary>Settings of the catalogue, read from the section <c>Souk</c> and checked at start.</summary>
internal sealed class CatalogOptions
{
    /// <summary>The currency of the marketplace: every offer is in it. Default EUR; an ISO 4217 code.</summary>
    [RegularExpression("^[A-Z]{3}$")]
    public string Currency { get; set; } = "EUR";

    /// <summary>
    /// Memory for the ready-made answers of public product and list reads. Default 48 MB, from 1 to 4096; more keeps more
    /// products from being read again, and costs that memory in every process that hosts the catalogue.
    /// </summary>
    [Range(1, 4096)]
    public int CatalogCacheMegabytes { get; set; } = 48;

    /// <summary>
    /// How many pictures the products of one company may have. Default 20,000, from 1 to 10,000,000; each is up to 5 MB of the
    /// database and of its backups.
    /// </summary>
    [Range(1, 10_000_000)]
    public int PicturesPerCompanyMax { get; set; } = 20_000;
}
