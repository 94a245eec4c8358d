using Microsoft.EntityFrameworkCore;
using Souk.Platform.Db;

namespace Souk.Orders;

internal sealed class OrdersDb(DbContextOptions<OrdersDb> options, Service<OrdersDb> service) : ServiceDb(options, service);
