using Microsoft.EntityFrameworkCore;
using Souk.Platform.Db;

namespace Souk.Identity;

internal sealed class IdentityDb(DbContextOptions<IdentityDb> options, Service<IdentityDb> service) : ServiceDb(options, service);
