using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Souk.Bench.Olist;

/// <summary>
/// The end state in one number, made of what does not differ from run to run: the sample's ids, states, pieces and amounts.
/// Two runs that end alike have the same, whatever happened on the way and whichever shape they ran in.
/// </summary>
internal static class OlistDigest
{
    private static readonly TimeSpan SettleMax = TimeSpan.FromMinutes(2);

    /// <summary>Waits until nothing changes any more, then reads it all.</summary>
    /// <param name="owner">The connection that sees every schema.</param>
    /// <param name="journal">Which id stands for which of the sample.</param>
    public static async Task<string> Of(string owner, OlistJournal journal)
    {
        var end = TimeProvider.System.GetUtcNow() + SettleMax;
        var state = await Read(owner, journal);
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(3));
            var again = await Read(owner, journal);
            if (again == state || TimeProvider.System.GetUtcNow() > end)
                return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(again)))[..16];
            state = again;
        }
    }

    private static async Task<string> Read(string owner, OlistJournal journal)
    {
        var orders = journal.Orders.Values.ToDictionary(order => Guid.Parse(order.OrderId), order => order.Order);
        var offers = journal.Offers.Values.ToDictionary(offer => Guid.Parse(offer.OfferId), offer => offer.Offer);
        var companies = journal.Sellers.Values.ToDictionary(seller => Guid.Parse(seller.CompanyId), seller => seller.Seller);
        var lines = new List<string>();
        // One of the pool may be from before the server was killed.
        await using var connection = new NpgsqlConnection(owner + ";Pooling=false");
        await connection.OpenAsync();
        await Add("order", orders, "select id, status, total_minor, items_minor, delivery_minor from orders.orders");
        await Add("stock", offers, "select offer_id, sum(on_hand), sum(reserved) from inventory.stock group by 1");
        await Add("ledger of", orders, "select order_id, account, sum(amount_minor) from payments.ledger_entries group by 1, 2 having sum(amount_minor) <> 0");
        await Add("balance of", companies, """
            select company_id, account, sum(amount_minor) from payments.ledger_entries where company_id is not null group by 1, 2 having sum(amount_minor) <> 0
            """);
        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);

        async Task Add(string what, Dictionary<Guid, string> names, string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                // What is not of the sample is told as that: there is none, or the two runs differ.
                var values = Enumerable.Range(1, reader.FieldCount - 1)
                    .Select(n => Convert.ToString(reader.GetValue(n), CultureInfo.InvariantCulture));
                lines.Add($"{what} {names.GetValueOrDefault(reader.GetGuid(0), "nothing of the sample")}: {string.Join(' ', values)}");
            }
        }
    }
}
