using System.Text.Json;
using Souk.Contracts.Inventory;
using Souk.Contracts.Orders;
using Souk.Platform;
using Souk.Platform.Events;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Inventory;

/// <summary>P1 with a fault between the check of the stock and its reservation.</summary>
public class ReservationFaultTests(InventoryAlone souk)
{
    [Fact]
    public async Task A_server_that_fails_between_check_and_reservation_leaves_the_order_to_be_reserved_once()
    {
        var company = await souk.Company();
        var (seller, offer) = (souk.Seller(company), await souk.Offer(company));
        await Put(seller, $"/stock-levels/{offer.OfferId}", new { quantity = 5 });
        var order = InventoryBed.Order((offer.OfferId, 3));
        // The first attempt dies in the very statement that reserves.
        await souk.Query($"""
            create sequence inventory.faults;
            create function inventory.fail() returns trigger language plpgsql security definer as $$ begin
                if new.order_id = '{order.OrderId}' and nextval('inventory.faults') = 1 then
                    perform pg_terminate_backend(pg_backend_pid());
                end if;
                return new;
            end $$;
            create trigger fail before insert on inventory.reservations for each row execute function inventory.fail();
            """, _ => 0);

        await Say(order);

        await Eventually(async () => Assert.Equal([nameof(StockReserved)], await souk.Query(
            "select type from inventory.log where key = $1", row => row.GetString(0), order.OrderId)), TimeSpan.FromSeconds(30));
        Assert.Equal([(2L, 5L, 3L)], await souk.Query(
            "select f.last_value, s.on_hand, s.reserved from inventory.faults f, inventory.stock s where offer_id = $1",
            row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), offer.OfferId));
        await souk.Query("drop trigger fail on inventory.reservations", _ => 0);
    }

    /// <summary>Orders placed it: the event stands in its log, as the relay would put it there.</summary>
    private async Task Say(OrderPlaced order)
    {
        await souk.Query("""
            with t as (update orders.topic set next = next + 1 returning next - 1 as pos)
            insert into orders.log (pos, id, type, key, payload) select pos, $1, 'OrderPlaced', $2, $3::jsonb from t
            """, _ => 0, Guid.CreateVersion7(), order.OrderId, JsonSerializer.Serialize(order, Json.Events));
        souk.App.Services.GetRequiredService<Signals>().Wake("orders", [nameof(OrderPlaced)]);
    }
}
