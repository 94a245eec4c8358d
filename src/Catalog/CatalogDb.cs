using Microsoft.EntityFrameworkCore;
using Souk.Platform.Db;

namespace Souk.Catalog;

internal sealed class CatalogDb(DbContextOptions<CatalogDb> options, Service<CatalogDb> service) : ServiceDb(options, service);
