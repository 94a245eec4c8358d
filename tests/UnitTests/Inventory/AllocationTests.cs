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
        Assert.Null(Allocation.Plan([In(5, ships: false), In(2)], 3, "DE"));
    }

    [Fact]
    public void Reserved_pieces_are_not_taken_again()
    {
        var shelf = new Shelf(Lamp, Guid.CreateVersion7(), onHand: 5, reserved: 4, 1, "DE", ships: true);

        Assert.Null(Allocation.Plan([shelf], 2, "DE"));
        Assert.Equal(1, shelf.Available);
    }

    [Fact]
    public void A_shelf_refuses_what_would_break_its_counters_and_stays_as_it_was()
    {
        var shelf = new Shelf(Lamp, Guid.CreateVersion7(), onHand: 5, reserved: 4, 1, "DE", ships: true);

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
        var cases = from there in pieces from wanted in orders select (there, wanted);

        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            Shelf[] shelves = [.. one.there.Select((n, i) => In(n, priority: i % 2))];
            foreach (var lines in one.wanted)
            {
                var before = shelves.Sum(shelf => shelf.Available);
                var took = Allocation.TryTake(
                    lines.Select(quantity => (Guid.CreateVersion7(), Lamp, quantity)), "DE", _ => shelves, out var takes, out var lacks);
                var gone = before - shelves.Sum(shelf => shelf.Available);
                // All fit exactly when their sum fits: they are of one offer.
                if (took != lines.Sum() <= before || took != (lacks.Count == 0) || gone != (took ? lines.Sum() : 0) || takes.Sum(t => t.Quantity) != gone)
                    return false;
                if (shelves.Any(shelf => shelf.Reserved < 0 || shelf.Reserved > shelf.OnHand))
                    return false;
            }
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
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
        new(Lamp, Guid.CreateVersion7(), pieces, reserved: 0, priority, country, ships);

    private static IEnumerable<(int Index, int Quantity)>? Planned(Shelf[] shelves, int quantity, string country = "DE") =>
        Allocation.Plan(shelves, quantity, country)?.Select(take => (Array.IndexOf(shelves, take.Shelf), take.Quantity));
}
