using System.Text.Json;
using Souk.Contracts.Carts;
using Souk.Platform;
using Souk.Platform.Db;

namespace Souk.Carts;

/// <summary>Answers other services of this process about contacts.</summary>
internal sealed class CartsApi(Service<CartsDb> service) : ICartsApi
{
    public Task<ContactCard?> Contact(Guid contactId, CancellationToken ct) =>
        Card("select card::text from contacts where id = $1", ct, contactId);

    public Task<ContactCard?> KeptContact(Guid contactId, Guid accountId, CancellationToken ct) =>
        Card("select card::text from contacts where id = $1 and account_id = $2 and kept", ct, contactId, accountId);

    private async Task<ContactCard?> Card(string sql, CancellationToken ct, params Guid[] args)
    {
        await using var command = service.DataSource.CreateCommand(sql);
        foreach (var arg in args)
            command.Parameters.Add(new() { Value = arg });
        return await command.ExecuteScalarAsync(ct) is string card ? JsonSerializer.Deserialize<ContactCard>(card, Json.Events) : null;
    }
}
