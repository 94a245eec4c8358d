using Microsoft.EntityFrameworkCore;
using Souk.Platform.Db;

namespace Souk.Notifications;

internal sealed class NotificationsDb(DbContextOptions<NotificationsDb> options, Service<NotificationsDb> service) : ServiceDb(options, service);
