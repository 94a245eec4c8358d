using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Platform;
using Souk.Platform.Db;

namespace Souk.Carts;

/// <summary>Answers other services of this process about contacts.</summary>
internal sealed class CartsApi(Service<CartsDb> service) : ICartsApi
{
    public async Task<ContactCard?> Contact(Guid contactId, CancellationToken ct)
    {
        await using var command = service.DataSource.CreateCommand("select card::text from contacts where id = $1");
        command.Parameters.Add(new() { Value = contactId });
        return await command.ExecuteScalarAsync(ct) is string card ? JsonSerializer.Deserialize<ContactCard>(card, Json.Events) : null;
    }
}
