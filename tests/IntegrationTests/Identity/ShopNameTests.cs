namespace Souk.IntegrationTests.Identity;

/// <summary>No shop may pass itself off as another company's: names are compared by what buyers see.</summary>
[Trait("Shape", "both")]
public sealed class ShopNameTests(SoukServer souk)
{
    // Nobody's yet, of letters that other alphabets have too.
    private readonly string name = "Oasis Cape "
        + string.Concat(Enumerable.Range(0, 12).Select(_ => "aceopx"[Random.Shared.Next(6)]));

    public static TheoryData<string> Disguises =>
        ["as it is", "capitals", "full width", "Cyrillic", "one Cyrillic letter", "unseen"];

    [Theory, MemberData(nameof(Disguises))]
    public async Task Nobody_registers_or_opens_a_shop_whose_name_looks_like_that_of_another(string disguise)
    {
        var seller = await souk.Seller();
        (await seller.Post($"/companies/{seller.CompanyId}/shops", new { name })).Must(201);
        var (alike, other, email) = (Disguised(disguise), await souk.Seller(), Calls.NewEmail());
        var path = $"/companies/{other.CompanyId}/shops";
        var own = (await other.Get(path)).Must(200).Json.GetProperty("data")[0];

        (await Register(email, alike)).Refused(409, "shop_name_taken");
        (await other.Post(path, new { name = alike })).Refused(409, "shop_name_taken");
        (await other.Put($"{path}/{own.GetProperty("id")}", new { name = alike })).Refused(409, "shop_name_taken");
        (await other.Post("/companies", new { name = "Any", country = "DE", shop_name = alike }))
            .Refused(409, "shop_name_taken");

        var shops = (await other.Get(path)).Must(200).Json.GetProperty("data");
        Assert.Equal(own.GetRawText(), Assert.Single(shops.EnumerateArray()).GetRawText());
        Assert.Equal(0, await souk.Value<long>("select count(*) from identity.accounts where email_key = $1", email));
        Assert.Equal(1, await souk.Value<long>(
            "select count(*) from identity.shops s join identity.shops o using (name_key) where o.name = $1", name));
    }

    [Fact]
    public async Task Whether_an_address_is_registered_is_not_told_by_a_name_that_is_taken()
    {
        using var client = souk.Client();
        var (known, _) = await client.NewCustomer();
        var seller = await souk.Seller();
        (await seller.Post($"/companies/{seller.CompanyId}/shops", new { name })).Must(201);
        foreach (var email in new[] { known, Calls.NewEmail() })
            (await Register(email, name)).Refused(409, "shop_name_taken");
    }

    [Fact]
    public async Task A_name_in_another_script_is_kept_byte_for_byte_and_only_what_looks_like_it_is_refused()
    {
        var (one, two) = (await souk.Seller(), await souk.Seller());
        var lamps = $"Лампы и свет {Guid.CreateVersion7():N}";
        var shop = (await one.Post($"/companies/{one.CompanyId}/shops", new { name = lamps })).Must(201);
        Assert.Equal(lamps, shop.Text("name"));
        Assert.Equal(lamps, (await one.Get($"/companies/{one.CompanyId}/shops/{shop.Id()}")).Must(200).Text("name"));
        var (path, other) = ($"/companies/{two.CompanyId}/shops", lamps.Replace('ы', 'а'));
        (await two.Post(path, new { name = other })).Must(201);
        (await two.Post(path, new { name = lamps.ToUpperInvariant() })).Refused(409, "shop_name_taken");
    }

    [Fact]
    public async Task An_own_name_may_be_used_again_and_anybodys_when_its_shop_has_closed()
    {
        var (one, two) = (await souk.Seller(), await souk.Seller());
        var path = $"/companies/{one.CompanyId}/shops";
        var shops = new[] { await one.Post(path, new { name }), await one.Post(path, new { name }) };
        (await one.Put($"{path}/{shops[0].Must(201).Id()}", new { name = name.ToUpperInvariant() })).Must(200);
        foreach (var shop in shops)
        {
            (await two.Post($"/companies/{two.CompanyId}/shops", new { name })).Refused(409, "shop_name_taken");
            (await one.Delete($"{path}/{shop.Id()}")).Must(204);
        }
        (await two.Post($"/companies/{two.CompanyId}/shops", new { name })).Must(201);
    }

    [Fact]
    public async Task Of_two_who_take_a_name_at_once_one_gets_it()
    {
        var sellers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => souk.Seller()));
        var opened = await Task.WhenAll(sellers.Select((seller, i) => seller.Post(
            $"/companies/{seller.CompanyId}/shops", new { name = i % 2 == 0 ? name : Disguised("Cyrillic") })));
        Assert.Single(opened, answer => answer.Status == 201);
        Assert.All(opened.Where(answer => answer.Status != 201), answer => answer.Refused(409, "shop_name_taken"));
    }

    private async Task<Reply> Register(string email, string shop)
    {
        using var client = souk.Client();
        return await client.Post(
            "/auth/register", new { kind = "shop", email, password = Calls.Password, shop_name = shop, country = "DE" });
    }

    private string Disguised(string how) => how switch
    {
        "capitals" => name.ToUpperInvariant(),
        "full width" => string.Concat(name.Select(c => c == ' ' ? '\u3000' : (char)(c + 0xFEE0))),
        "Cyrillic" => string.Concat(name.Select(Cyrillic)),
        "one Cyrillic letter" => name[..^1] + Cyrillic(name[^1]),
        "unseen" => name.Insert(3, "\u200B"),
        _ => name,
    };

    private static char Cyrillic(char c) =>
        "aceopx".IndexOf(c, StringComparison.Ordinal) is >= 0 and var i ? "асеорх"[i] : c;
}
