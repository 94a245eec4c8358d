namespace Souk.IntegrationTests.Host;

/// <summary>
/// What is wrong with a marketplace once a statement ran, and the checks of <c>souk verify</c> that must say so: nearly always one
/// alone. <c>$id</c> stands for an id.
/// </summary>
internal static class VerifyPlants
{
    // An order of two lamps that cost nothing, whose part is to be shipped.
    private const string Sold = """
        insert into orders.orders (id, status, contact_id, country, postcode, currency, prices_include_tax, items_minor,
                                   discount_minor, delivery_minor, tax_minor, total_minor, coupon_codes, created_at)
        values ('$id', 'confirmed', '$id', 'DE', '10115', 'EUR', true, 0, 0, 0, 0, 0, '{}', now());
        insert into orders.order_parts (order_id, id, company_id, delivery_method_id, delivery_method_name, items_minor,
                                        discount_minor, delivery_minor, tax_minor, total_minor)
        values ('$id', '$id', '$id', '$id', 'Parcel', 0, 0, 0, 0, 0);
        insert into orders.order_lines (order_id, id, part_id, position, offer_id, product_id, variant_id, company_id,
                                        shop_id, sku, title, quantity, unit_price_minor, discount_minor,
                                        discount_by_marketplace_minor, delivery_minor, tax_minor, total_minor,
                                        tax_category, category_ids)
        values ('$id', '$id', '$id', 0, '$id', '$id', '$id', '$id', '$id', 'L', 'Lamp', 2, 0, 0, 0, 0, 0, 0, 'standard', '{}');

        """;

    // The same at a price of 100, and long enough ago that the money is there.
    private const string SoldForMoney = Sold + """
        update orders.orders set items_minor = 100, total_minor = 100, updated_at = now() - interval '2 minutes';
        update orders.order_parts set items_minor = 100, total_minor = 100;
        update orders.order_lines set unit_price_minor = 50, total_minor = 100;

        """;

    // One lamp on the shelf that is reserved, as its movement says.
    private const string Reserved = """
        insert into inventory.warehouses (id, company_id, name, line1, city, country, priority, is_default, active,
                                          created_at, version)
        values ('$id', '$id', 'W', 'S 1', 'B', 'DE', 1, true, true, now(), 1);
        insert into inventory.stock (offer_id, warehouse_id, on_hand, reserved) values ('$id', '$id', 1, 1);
        insert into inventory.movements (offer_id, warehouse_id, kind, on_hand_change, reserved_change)
        values ('$id', '$id', 'in', 1, 1);
        insert into inventory.reservations (order_id, line_id, warehouse_id, offer_id, quantity)
        values ('$id', '$id', '$id', '$id', 1);

        """;

    public static TheoryData<string[], string> All { get; } = new()
    {
        // Stock.
        {
            ["stock is the sum of its movements"], """
            insert into inventory.warehouses (id, company_id, name, line1, city, country, priority, is_default, active,
                                              created_at, version)
            values ('$id', '$id', 'W', 'S 1', 'B', 'DE', 1, true, true, now(), 1);
            insert into inventory.stock (offer_id, warehouse_id, on_hand) values ('$id', '$id', 3)
            """
        },
        {
            ["what is reserved is the sum of the reservations, and on hand"], """
            insert into inventory.reservations (order_id, line_id, warehouse_id, offer_id, quantity)
            values ('$id', '$id', '$id', '$id', 1)
            """
        },
        {
            ["no stock is reserved for an order that ended"], Reserved + Sold + """
            update orders.orders set status = 'cancelled', updated_at = now() - interval '2 minutes'
            """
        },
        {
            ["what is reserved for an order is what it still has to ship"], Sold + """
            insert into orders.piece_moves (order_id, part_id, line_id, kind, quantity, cause_id, at)
            values ('$id', '$id', '$id', 'taken_off', 1, '$id', now());
            update orders.orders set updated_at = now() - interval '2 minutes'
            """
        },

        // Orders and their pieces.
        {
            ["parts add up to their order, lines to their part"], Sold + """
            update orders.orders set items_minor = 5, total_minor = 5
            """
        },
        {
            ["parts add up to their order, lines to their part"], SoldForMoney + """
            update orders.orders set updated_at = now();
            update orders.order_lines set total_minor = 99
            """
        },
        {
            ["no order waits past its deadline"], Sold + """
            update orders.orders set status = 'awaiting_payment', deadline = now() - interval '2 minutes'
            """
        },
        {
            ["of no line more left, came back or was refunded than was bought"], Sold + """
            insert into orders.piece_moves (order_id, part_id, line_id, kind, quantity, cause_id, at)
            values ('$id', '$id', '$id', 'returned', 3, '$id', now())
            """
        },
        {
            ["parts stand where their pieces are"], Sold + """
            update orders.order_parts set status = 'returned'
            """
        },
        {
            ["goods that came back are refunded, with no more than was granted"], """
            insert into orders.returns (id, order_id, part_id, company_id, currency, status, reason, refund_id, refund_minor,
                                        created_at, received_at, version)
            values ('$id', '$id', '$id', '$id', 'EUR', 'received', 'other', '$id', 100, now(),
                    now() - interval '2 minutes', 1)
            """
        },

        // Money of orders.
        {
            ["what was captured of every order is its total"], SoldForMoney
        },
        {
            ["what was captured of every order is its total"], Sold + """
            update orders.orders set status = 'cancelled', captured_minor = 100, updated_at = now() - interval '2 minutes';
            insert into payments.order_money (order_id, currency, total_minor, state, captured_minor)
            values ('$id', 'EUR', 100, 'captured', 100);
            insert into payments.payments (id, order_id, method, gateway, currency, amount_minor, captured_minor, status)
            values ('$id', '$id', 'card', 'simulator', 'EUR', 100, 100, 'captured')
            """
        },
        {
            ["orders show what was captured and what was refunded"], Sold + """
            update orders.orders set refunded_minor = 100
            """
        },
        {
            // Its CHECK would not let it happen: it stands there again, for later rows, when this did.
            ["refunds are not more than captures"], """
            alter table payments.payments drop constraint payments_check2;
            insert into payments.payments (id, order_id, method, gateway, currency, amount_minor, refunded_minor, status)
            values ('$id', '$id', 'card', 'simulator', 'EUR', 100, 1, 'authorized');
            alter table payments.payments add constraint payments_check2
                check (refunded_minor between 0 and refunds_minor) not valid
            """
        },
        {
            ["an order's captures and refunds are those of its payments"], """
            insert into payments.order_money (order_id, currency, total_minor, state, captured_minor)
            values ('$id', 'EUR', 100, 'captured', 100)
            """
        },
        {
            ["the built-in gateway's books are the payments"], """
            insert into gateway_simulator.charges (key, method, currency, amount_minor, state, captured_minor)
            values ('$id', 'card', 'EUR', 100, 'captured', 100)
            """
        },
        {
            ["every dispute holds what it took of lines"], """
            insert into payments.disputes (id, gateway, gateway_ref, payment_id, order_id, currency, amount_minor, held_minor,
                                           status, reason)
            values ('$id', 'simulator', 'dp_1', '$id', '$id', 'EUR', 100, 50, 'won', 'fraudulent')
            """
        },

        // The ledger, whose trigger would not let it happen. What is missing in the sum is missing in a journal.
        {
            ["the ledger sums to zero in every currency", "every journal of the ledger balances"], """
            alter table payments.ledger_entries disable trigger balanced;
            insert into payments.ledger_entries (order_id, kind, source_id, n, account, currency, amount_minor)
            values ('$id', 'capture', '$id', 0, 'gateway_clearing', 'EUR', 100);
            alter table payments.ledger_entries enable trigger balanced
            """
        },
        {
            ["every journal of the ledger balances"], """
            alter table payments.ledger_entries disable trigger balanced;
            insert into payments.ledger_entries (order_id, kind, source_id, n, account, currency, amount_minor)
            values ('$id', 'capture', '$id', 0, 'gateway_clearing', 'EUR', 100),
                   ('$id', 'refund_paid', '$id', 0, 'gateway_clearing', 'EUR', -100);
            alter table payments.ledger_entries enable trigger balanced
            """
        },
        {
            ["what is owed to each seller is what their sales, refunds and payouts say"], """
            insert into payments.order_money (order_id, currency, total_minor, state, sold)
            values ('$id', 'EUR', 100, 'captured', true);
            insert into payments.order_lines (order_id, line_id, company_id, goods_minor, delivery_minor, tax_minor,
                                              discount_minor, commission_minor, total_minor, commission_percent)
            values ('$id', '$id', '$id', 100, 0, 0, 0, 10, 100, 10)
            """
        },
        {
            ["what open disputes hold stands in the ledger"], """
            insert into payments.disputes (id, gateway, gateway_ref, payment_id, order_id, currency, amount_minor, held_minor,
                                           status, reason)
            values ('$id', 'simulator', 'dp_1', '$id', '$id', 'EUR', 100, 50, 'open', 'fraudulent');
            insert into payments.dispute_lines (dispute_id, line_id, company_id, total_minor, goods_minor, delivery_minor,
                                                tax_minor, discount_minor, commission_minor)
            values ('$id', '$id', '$id', 50, 50, 0, 0, 0, 0)
            """
        },
        {
            ["what gateways settled without a reason stands in the ledger"], """
            insert into payments.settlements (id, gateway, hash, currency, lines, matched, gross_minor, fees_minor, from_at,
                                              to_at, created_at)
            values ('$id', 'simulator', '', 'EUR', 1, 0, 5, 0, now(), now(), now());
            insert into payments.settlement_exceptions (id, settlement_id, type, payment_id, reference, reason, said_minor,
                                                        expected_minor)
            values ('$id', '$id', 'capture', '$id', 'x', 'unknown', 5, 0)
            """
        },

        // What sellers are paid.
        {
            ["every payout is what it took of orders"], """
            insert into payments.payouts (id, company_id, currency, goods_minor, delivery_minor, status, holder, iban,
                                          created_at)
            values ('$id', '$id', 'EUR', 100, 0, 'cancelled', 'A', 'B', now())
            """
        },
        {
            ["what is paid out of every order is what payouts took of it"], """
            insert into payments.payouts (id, company_id, currency, goods_minor, delivery_minor, status, holder, iban,
                                          created_at)
            values ('$id', '$id', 'EUR', 100, 0, 'failed', 'A', 'B', now());
            insert into payments.payout_items (payout_id, order_id, goods_minor, delivery_minor)
            values ('$id', '$id', 100, 0);
            insert into payments.earnings (order_id, company_id, currency, releases_at, paid_goods_minor)
            values ('$id', '$id', 'EUR', now(), 100)
            """
        },
        {
            ["nothing is paid out beyond what is worth it, unless the next payout looks at it"], """
            insert into payments.order_money (order_id, currency, total_minor, state, sold)
            values ('$id', 'EUR', 100, 'captured', false);
            insert into payments.order_lines (order_id, line_id, company_id, goods_minor, delivery_minor, tax_minor,
                                              discount_minor, commission_minor, total_minor, commission_percent)
            values ('$id', '$id', '$id', 100, 0, 0, 0, 10, 100, 10);
            insert into payments.earnings (order_id, company_id, currency, releases_at, open)
            values ('$id', '$id', 'EUR', now(), false)
            """
        },
        {
            ["what is set aside for payouts is theirs"], """
            insert into payments.ledger_entries (order_id, kind, source_id, n, account, company_id, currency, amount_minor)
            values ('$id', 'payout', '$id', 0, 'seller_payable', '$id', 'EUR', 100),
                   ('$id', 'payout', '$id', 1, 'payouts', '$id', 'EUR', -100)
            """
        },

        // Events.
        {
            ["no event waits in an outbox for over a minute"], """
            insert into catalog.outbox (id, type, key, payload, at)
            values ('$id', 'Nothing', '$id', '{}', now() - interval '2 minutes')
            """
        },
        {
            ["no event is dead"], """
            insert into carts.parked (id, topic, pos, type, key, payload, reason, dead)
            values ('$id', 'orders', 1, 'OrderConfirmed', '$id', '{}', 'no', true)
            """
        },
        {
            ["no event waits behind another for over a minute"], """
            insert into carts.parked (id, topic, pos, type, key, payload, reason, first_failed_at)
            values ('$id', 'orders', 1, 'OrderConfirmed', '$id', '{}', 'no', now() - interval '2 minutes')
            """
        },
    };
}
