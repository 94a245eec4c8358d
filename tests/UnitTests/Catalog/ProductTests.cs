using Souk.Catalog.Domain;
using Souk.Contracts;
using Souk.Platform.Http;
using static Souk.Catalog.Domain.ProductStatus;

namespace Souk.UnitTests.Catalog;

public class ProductTests
{
    // Written by hand, not read from Product: a test that reads the table would agree with any mistake in it.
    private static readonly HashSet<(ProductStatus, ProductStatus)> Allowed =
        [(Draft, Published), (Draft, Archived), (Published, Draft), (Published, Archived), (Archived, Draft)];

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;
    private static readonly Dictionary<string, string> None = [];

    private static Product New(params string[] options) => Product.Draft(Guid.CreateVersion7(), "Shirt", null, "", options, Now);

    private static Product In(ProductStatus status)
    {
        var product = New();
        product.AddVariant(None, null, null, Now);
        if (status == Published)
            product.Publish(offers: 1, Now);
        if (status == Archived)
            product.Archive(Now);
        return product;
    }

    [Fact]
    public void A_product_makes_the_allowed_moves_and_refuses_all_others()
    {
        foreach (var from in Enum.GetValues<ProductStatus>())
            foreach (var to in Enum.GetValues<ProductStatus>())
                Assert.Equal(Allowed.Contains((from, to)), In(from).Can(to));
    }

    [Fact]
    public void A_refused_move_changes_nothing()
    {
        var product = In(Archived);

        Assert.Equal("product_move", Assert.Throws<RuleException>(() => product.Publish(1, Now.AddDays(1))).Code);

        Assert.Equal((Archived, Now), (product.Status, product.UpdatedAt));
    }

    [Fact]
    public void Publishing_needs_a_variant_and_an_offer()
    {
        Assert.Equal("variant_needed", Assert.Throws<RuleException>(() => New().Publish(offers: 1, Now)).Code);
        Assert.Equal("offer_needed", Assert.Throws<RuleException>(() => In(Draft).Publish(offers: 0, Now)).Code);
    }

    [Fact]
    public void Variants_have_each_option_and_no_other_and_differ()
    {
        var shirt = New("color", "size");
        var red = new Dictionary<string, string> { ["size"] = "L", ["color"] = "red" };

        Assert.Equal("red / L", shirt.AddVariant(red, null, null, Now).Title);
        Assert.Equal("variant_exists", Refusal(red));
        Assert.Equal("wrong_options", Refusal(new() { ["color"] = "red" }));
        Assert.Equal("wrong_options", Refusal(new() { ["color"] = "red", ["weight"] = "1" }));
        Assert.Equal("wrong_options", Refusal(new() { ["color"] = "red", ["size"] = "" }));
        Assert.Single(shirt.Variants);

        string Refusal(Dictionary<string, string> options) => Assert.Throws<RuleException>(() => shirt.AddVariant(options, null, null, Now)).Code;
    }

    [Theory]
    [InlineData("number", "40.5", true)]
    [InlineData("number", "-3", true)]
    [InlineData("number", "1e3", false)]
    [InlineData("number", "1,5", false)]
    [InlineData("number", "", false)]
    [InlineData("boolean", "true", true)]
    [InlineData("boolean", "yes", false)]
    [InlineData("choice", "red", true)]
    [InlineData("choice", "Red", false)]
    [InlineData("text", "anything", true)]
    public void Options_that_are_attributes_have_their_type(string type, string option, bool isAccepted) =>
        Assert.Equal(isAccepted, ProductAttribute.Accepts(type, ["red", "blue"], option));

    [Fact]
    public void The_last_variant_stays()
    {
        var product = In(Draft);

        Assert.Equal("last_variant", Assert.Throws<RuleException>(() => product.RemoveVariant(product.Variants[0], Now)).Code);
    }

    [Theory]
    [InlineData("Oak lamp", "oak-lamp")]
    [InlineData("  Crème brûlée!! ", "creme-brulee")]
    [InlineData("100 % wool", "100-wool")]
    [InlineData("灯", "")]
    public void Slugs_are_latin(string name, string slug)
    {
        Assert.Equal(slug, Slug.Of(name));
        Assert.Matches(Slug.Pattern, Slug.Of(name, Guid.CreateVersion7()));
    }

    [Fact]
    public void A_slug_of_any_length_fits()
    {
        for (var length = 1; length < 250; length++)
            Assert.InRange(Slug.Of(new string('a', length) + " b", Guid.CreateVersion7()).Length, 1, Slug.LengthMax);
    }

    [Theory]
    [InlineData(-1, "EUR", "out_of_range")]
    [InlineData(Offer.PriceMax + 1, "EUR", "out_of_range")]
    [InlineData(1, "USD", "currency_mismatch")]
    [InlineData(1, "eur", "currency_mismatch")]
    public void Terms_that_cannot_be_sold_at_are_refused(long amount, string currency, string code)
    {
        var wrong = new Money(amount, currency);

        Assert.Equal(code, Assert.Throws<RuleException>(() => OfferTerms.Of("EUR", wrong, null, null)).Code);
        Assert.Equal(code, Assert.Throws<RuleException>(() => OfferTerms.Of("EUR", new Money(1, "EUR"), wrong, null)).Code);
    }

    [Fact]
    public void An_ended_offer_stays_as_it_was()
    {
        var terms = new OfferTerms(100, "EUR", null, "standard");
        var offer = Offer.Of(Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), null, terms, true, Now);
        offer.End(Now);

        Assert.Equal("offer_ended", Assert.Throws<RuleException>(() => offer.Change(terms with { PriceMinor = 1 }, true, Now)).Code);
        Assert.Equal("offer_ended", Assert.Throws<RuleException>(() => offer.End(Now)).Code);
        Assert.Equal((100, false), (offer.PriceMinor, offer.Active));
    }

    [Fact]
    public void A_category_never_stands_below_itself_and_takes_those_below_along()
    {
        var (a, b, c, d) = (new Category(), new Category(), new Category(), new Category());
        a.PutBelow(null);
        b.PutBelow(a);
        c.PutBelow(b);
        d.PutBelow(null);

        Assert.Equal("category_cycle", Assert.Throws<RuleException>(() => a.PutBelow(c)).Code);
        b.PutBelow(d);
        c.Follow(b);

        Assert.Equal([d.Id, b.Id, c.Id], c.Path);
    }
}
