using Microsoft.EntityFrameworkCore;
using Souk.Platform.Db;

namespace Souk.Carts;

internal sealed class CartsDb(DbContextOptions<CartsDb> options, Service<CartsDb> service) : ServiceDb(options, service);
