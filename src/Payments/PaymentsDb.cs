using Microsoft.EntityFrameworkCore;
using Souk.Platform.Db;

namespace Souk.Payments;

internal sealed class PaymentsDb(DbContextOptions<PaymentsDb> options, Service<PaymentsDb> service) : ServiceDb(options, service);
