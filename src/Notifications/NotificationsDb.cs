using Microsoft.EntityFrameworkCore;
using Souk.Platform.Db;

namespace Souk.Notifications;

/// <summary>The queue of mails, the templates, the send log. Plain tables, read and written by SQL.</summary>
internal sealed class NotificationsDb(DbContextOptions<NotificationsDb> options, Service<NotificationsDb> service) : ServiceDb(options, service);
