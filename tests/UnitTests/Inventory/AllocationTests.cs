using FsCheck;
using FsCheck.Fluent;
using Souk.Inventory.Domain;

namespace Souk.UnitTests.Inventory;

public class AllocationTests
{
    private static readonly Guid Lamp = Guid.CreateVersion7();

    [Fact]
    public void One_warehouse_that_has_all_is_taken_before_two_of_higher_priority()
    {
        Shelf[] shelves = [In(3, priority: 1), In(2, priority: 2), In(9, priority: 3)];

        Assert.Equal([(2, 5)], Planned(shelves, 5));
    }

    [Fact]
    public void Where_none_has_all_it_is_gathered_by_priority()
    {
        Shelf[] shelves = [In(3, priority: 2), In(2, priority: 1), In(4, priority: 3)];

        Assert.Equal([(1, 2), (0, 3), (2, 1)], Planned(shelves, 6));
    }

    [Fact]
    public void Of_equal_priority_the_country_it_goes_to_comes_first()
    {
        Shelf[] shelves = [In(5, country: "FR"), In(5, country: "DE")];

        Assert.Equal([(1, 5)], Planned(shelves, 5));
        Assert.Equal([(0, 5)], Planned(shelves, 5, country: "FR"));
    }

    [Fact]
    public void A_warehouse_that_does_not_ship_is_passed_over()
    {
        Assert.Null(Allocation.Plan(Stock(In(5, ships: false), In(2)), 3, "DE"));
    }

    [Fact]
    public void Reserved_pieces_are_not_taken_again()
    {
        var shelf = new Shelf(Lamp, Guid.CreateVersion7(), onHand: 5, claimed: 4, 1, "DE", ships: true);

        Assert.Null(Allocation.Plan(Stock(shelf), 2, "DE"));
        Assert.Equal(1, shelf.Available);
    }

    [Fact]
    public void A_shelf_refuses_what_would_break_its_counters_and_stays_as_it_was()
    {
        var shelf = new Shelf(Lamp, Guid.CreateVersion7(), onHand: 5, claimed: 4, 1, "DE", ships: true);

        Assert.Throws<InvalidOperationException>(() => shelf.Change(0, 2));
        Assert.Throws<InvalidOperationException>(() => shelf.Change(-2, 0));
        Assert.Throws<InvalidOperationException>(() => shelf.Change(0, -5));

        Assert.Equal((5, 4), (shelf.OnHand, shelf.Reserved));
    }

    [Fact]
    public void Whatever_is_ordered_all_or_nothing_is_taken_never_more_than_there_is()
    {
        var pieces = Gen.Choose(0, 12).Select(n => (long)n).NonEmptyListOf().Select(list => list.Take(4).ToArray());
        var orders = Gen.Choose(1, 9).NonEmptyListOf().Select(list => list.Take(6).ToArray()).NonEmptyListOf();
        var cases = from there in pieces from wanted in orders from allowance in Gen.Choose(-4, 9)
                    from rule in Gen.Elements<RoutingRule?>(null, new RoutingRule { Split = false })
                    select (there, wanted, allowance, rule);

        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            Shelf[] shelves = [.. one.there.Select((n, i) => In(n, priority: i % 2))];
            var stock = Stock(shelves);
            stock.Allowance = one.allowance;
            var waited = 0L;
            foreach (var lines in one.wanted)
            {
                var before = stock.Available;
                var took = Allocation.TryTake(
                    lines.Select(quantity => (Guid.CreateVersion7(), Lamp, quantity)), new("DE", null), _ => stock,
                    (_, _) => one.rule, out var takes, out var lacks);
                var gone = before - stock.Available;
                // All fit exactly when their sum fits: they are of one offer. Where none may be split, a warehouse
                // must have all of each.
                if ((one.rule is null ? took != lines.Sum() <= before : took && lines.Sum() > before)
                    || took != (lacks.Count == 0) || gone != (took ? lines.Sum() : 0) || takes.Sum(t => t.Quantity) != gone)
                    return false;
                if (shelves.Any(shelf => shelf.Reserved < 0 || shelf.Free < 0 || (shelf.Backordered > 0 && shelf.Free > 0)))
                    return false;
                if (takes.Sum(take => take.Waiting) != shelves.Sum(shelf => shelf.Backordered) - waited
                    || waited > Math.Max(0, one.allowance))
                    return false;
                waited = shelves.Sum(shelf => shelf.Backordered);
            }
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void What_is_kept_back_is_not_sold_and_what_may_be_sold_before_it_is_there_waits_at_the_first()
    {
        var (far, near) = (In(3, priority: 2), In(2, priority: 1));
        var stock = Stock(far, near);

        stock.Allowance = -2;
        Assert.Equal(3, stock.Available);
        Assert.Null(Allocation.Plan(stock, 4, "DE"));
        stock.Allowance = 4;
        Assert.Null(Allocation.Plan(stock, 10, "DE"));
        Assert.Equal([(near, 6), (far, 3)], Allocation.Plan(stock, 9, "DE")!);
        Assert.Equal(0, Stock(In(5, ships: false)).Available);
    }

    [Theory]
    [InlineData("priority", "DE", 0, 1, 2)]
    [InlineData("country", "FR", 1, 0, 2)]
    [InlineData("most_stock", "DE", 2, 1, 0)]
    public void A_sellers_rule_says_which_warehouse_comes_first(string prefer, string country, params int[] order)
    {
        Shelf[] shelves = [In(2, priority: 1), In(3, priority: 2, country: "FR"), In(4, priority: 3)];

        Assert.Equal(
            order, Planned(shelves, 9, country, new RoutingRule { Prefer = prefer })!.Select(take => take.Index));
        var named = new RoutingRule { Prefer = prefer,
            WarehouseIds = [shelves[2].WarehouseId, shelves[0].WarehouseId] };
        Assert.Equal([2, 0, 1], Planned(shelves, 9, country, named)!.Select(take => take.Index));
        Assert.Equal([(2, 4)], Planned(shelves, 4, country, named)!);
    }

    [Theory]
    [InlineData(new string[0], new string[0], "DE", null, true)]
    [InlineData(new[] { "DE" }, new string[0], "DE", null, true)]
    [InlineData(new[] { "DE" }, new string[0], "", null, false)]
    [InlineData(new[] { "DE" }, new[] { "80" }, "DE", "80331", true)]
    [InlineData(new[] { "DE" }, new[] { "80" }, "AT", "80331", false)]
    [InlineData(new[] { "DE" }, new[] { "80" }, "DE", "08033", false)]
    [InlineData(new[] { "DE" }, new[] { "80" }, "DE", "8", false)]
    [InlineData(new string[0], new[] { "80" }, "DE", null, false)]
    [InlineData(new string[0], new[] { "20", "sw1a 1" }, "GB", "SW1A-1AA", true)]
    public void A_rule_is_about_a_region_by_country_and_the_beginning_of_the_postcode(
        string[] countries, string[] prefixes, string country, string? postcode, bool fits) =>
        Assert.Equal(
            fits, new RoutingRule { Countries = countries, PostcodePrefixes = prefixes }.Fits(new(country, postcode)));

    [Fact]
    public void A_line_that_may_not_be_split_comes_from_one_warehouse_or_not_at_all()
    {
        var whole = new RoutingRule { Split = false };
        var (few, more) = (In(2, priority: 1), In(3, priority: 2));

        Assert.Equal([(1, 3)], Planned([few, more], 3, rule: whole)!);
        Assert.Null(Planned([few, more], 4, rule: whole));
        var stock = Stock(few, more);
        stock.Allowance = 2;
        Assert.Equal([(few, 4)], Allocation.Plan(stock, 4, "DE", whole)!);
        Assert.Equal([(more, 5)], Allocation.Plan(stock, 5, "DE", whole)!);
        Assert.Null(Allocation.Plan(stock, 6, "DE", whole));
        Assert.False(
            Allocation.TryTake([(Guid.Empty, Lamp, 6)], new("DE", null), _ => stock, (_, _) => whole, out _, out var lacks));
        Assert.Equal(5, lacks[0].Available);
    }

    [Fact]
    public void What_comes_in_or_is_given_back_goes_to_those_who_wait()
    {
        var shelf = In(2);

        Assert.Equal(3, shelf.Change(0, 5, waiting: 3));
        Assert.Equal((2, 2, 3, 0), (shelf.OnHand, shelf.Reserved, shelf.Backordered, shelf.Free));
        Assert.Equal(-2, shelf.Change(2, 0));
        Assert.Equal((4, 4, 1), (shelf.OnHand, shelf.Reserved, shelf.Backordered));
        Assert.Equal(-1, shelf.Change(0, -3));
        Assert.Equal((4, 2, 0, 2), (shelf.OnHand, shelf.Reserved, shelf.Backordered, shelf.Free));
        Assert.Throws<InvalidOperationException>(() => shelf.Change(0, 3));
    }

    [Theory]
    [InlineData(1000, null, true)]
    [InlineData(1000, 1000L, false)]
    [InlineData(951, 1000L, false)]
    [InlineData(949, 1000L, true)]
    [InlineData(1051, 1000L, true)]
    [InlineData(20, 21L, true)]
    [InlineData(21, 20L, true)]
    [InlineData(0, 0L, false)]
    public void Urgent_is_what_is_first_few_or_much(long available, long? published, bool urgent) =>
        Assert.Equal(urgent, Announcement.IsUrgent(available, published));

    private static Shelf In(long pieces, int priority = 1, string country = "DE", bool ships = true) =>
        new(Lamp, Guid.CreateVersion7(), pieces, claimed: 0, priority, country, ships);

    private static OfferStock Stock(params Shelf[] shelves)
    {
        var stock = new OfferStock();
        stock.Shelves.AddRange(shelves);
        return stock;
    }

    private static IEnumerable<(int Index, int Quantity)>? Planned(
        Shelf[] shelves, int quantity, string country = "DE", RoutingRule? rule = null) =>
        Allocation.Plan(Stock(shelves), quantity, country, rule)?.Select(
            take => (Array.IndexOf(shelves, take.Shelf), take.Quantity));
}
