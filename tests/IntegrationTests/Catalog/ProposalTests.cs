using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.IntegrationTests.Catalog;

/// <summary>Changes of a product by who sells it and does not keep it.</summary>
public class ProposalTests(CatalogBed souk)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // Anna keeps the product, Ben sells it too.
    private async Task<(Seller Anna, Seller Ben, Sold Product)> Shared()
    {
        var (anna, ben) = (await souk.Seller(), await souk.Seller());
        var product = await anna.Sells("Lamp", more: new { description = "Of oak.", tags = new[] { "beech" } });
        var offer = new { price = new { amount = 4000, currency = "EUR" } };
        (await ben.Http.PostAsJsonAsync($"/products/{product.Id}/offers", offer, Ct)).EnsureSuccessStatusCode();
        return (anna, ben, product);
    }

    private static async Task<Guid> Proposes(Seller seller, Sold product, object change)
    {
        var answer = await seller.Http.PostAsJsonAsync($"/products/{product.Id}/proposals", change, Ct);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Ct));
        return (await answer.Json()).Id("id");
    }

    [Fact]
    public async Task An_accepted_proposal_changes_what_it_names_and_nothing_else()
    {
        var (anna, ben, product) = await Shared();
        var id = await Proposes(ben, product, new { name = "Oak lamp", note = "It is of oak." });
        Assert.Equal("Lamp", (await souk.Client().GetJson($"/products/{product.Id}")).Text("name"));
        var shown = await anna.Http.GetJson($"/products/proposals/{id}");
        Assert.Equal(("Oak lamp", "Lamp", "It is of oak."),
            (shown.GetProperty("changes").Text("name"), shown.GetProperty("present").Text("name"), shown.Text("note")));

        var accepted = await (await anna.Http.PostAsync($"/products/proposals/{id}/accept", null, Ct)).Json();

        Assert.Equal("accepted", accepted.Text("status"));
        var changed = await souk.Client().GetJson($"/products/{product.Id}");
        Assert.Equal(("Oak lamp", "Of oak.", "beech"),
            (changed.Text("name"), changed.Text("description"), changed.GetProperty("tags")[0].GetString()));
        Assert.Equal(["product.create", "proposal.create", "product.change"], await souk.Audited(product.Id));
        await anna.Http.PostAsync($"/products/proposals/{id}/accept", null, Ct).Refuses(409, "proposal_decided");
        await ben.Http.DeleteAsync($"/products/proposals/{id}", Ct).Refuses(409, "proposal_decided");
    }

    [Fact]
    public async Task A_rejected_proposal_has_a_reason_and_changes_nothing()
    {
        var (anna, ben, product) = await Shared();
        var id = await Proposes(ben, product, new { tags = new[] { "cheap" } });
        await ben.Http.PostAsJsonAsync($"/products/{product.Id}/proposals", new { name = "Other" }, Ct)
            .Refuses(409, "proposal_pending");
        await anna.Http.PostAsJsonAsync($"/products/proposals/{id}/reject", new { reason = " " }, Ct)
            .Refuses(422, "validation_failed");

        // The staff may as well.
        (await souk.Staff().PostAsJsonAsync($"/products/proposals/{id}/reject", new { reason = "It is not." }, Ct))
            .EnsureSuccessStatusCode();

        var shown = await ben.Http.GetJson($"/products/proposals/{id}");
        Assert.Equal(("rejected", "It is not."), (shown.Text("status"), shown.Text("reason")));
        Assert.Equal("beech", (await souk.Client().GetJson($"/products/{product.Id}"))
            .GetProperty("tags")[0].GetString());
        await Proposes(ben, product, new { name = "Other" });
    }

    [Fact]
    public async Task Who_proposes_takes_back_and_does_not_decide()
    {
        var (anna, ben, product) = await Shared();
        var id = await Proposes(ben, product, new { name = "Mine" });

        await ben.Http.PostAsync($"/products/proposals/{id}/accept", null, Ct).Refuses(404, "not_found");
        await anna.Http.DeleteAsync($"/products/proposals/{id}", Ct).Refuses(404, "not_found");
        Assert.Equal(HttpStatusCode.NoContent, (await ben.Http.DeleteAsync($"/products/proposals/{id}", Ct))
            .StatusCode);

        await anna.Http.PostAsync($"/products/proposals/{id}/accept", null, Ct).Refuses(409, "proposal_decided");
        Assert.Equal("Lamp", (await souk.Client().GetJson($"/products/{product.Id}")).Text("name"));
    }

    [Fact]
    public async Task Proposals_are_seen_by_both_sides_and_by_nobody_else()
    {
        var (anna, ben, product) = await Shared();
        var stranger = await souk.Seller();
        var id = await Proposes(ben, product, new { name = "Oak lamp" });
        static IEnumerable<Guid> Ids(JsonElement page) => page.GetProperty("data").EnumerateArray()
            .Select(p => p.Id("id"));

        foreach (var side in (HttpClient[])[anna.Http, ben.Http, souk.Staff()])
        {
            Assert.Equal([id], Ids(await side.GetJson($"/products/proposals?product_id={product.Id}&status=pending")));
            Assert.Empty(Ids(await side.GetJson($"/products/proposals?product_id={product.Id}&status=accepted")));
        }
        Assert.Empty(Ids(await stranger.Http.GetJson("/products/proposals")));
        await stranger.Http.GetAsync($"/products/proposals/{id}", Ct).Refuses(404, "not_found");
        await stranger.Http.PostAsync($"/products/proposals/{id}/accept", null, Ct).Refuses(404, "not_found");
        await stranger.Http.DeleteAsync($"/products/proposals/{id}", Ct).Refuses(404, "not_found");
        await souk.Client().GetAsync("/products/proposals", Ct).Refuses(401, "sign_in_required");
    }

    [Fact]
    public async Task Who_may_not_propose_is_told_why()
    {
        var (anna, ben, product) = await Shared();
        var stranger = await souk.Seller();
        var draft = await anna.Sells("Draft", more: new { status = "draft" });
        var path = $"/products/{product.Id}/proposals";

        await anna.Http.PostAsJsonAsync(path, new { name = "Mine" }, Ct).Refuses(409, "own_product");
        await stranger.Http.PostAsJsonAsync(path, new { name = "Mine" }, Ct).Refuses(409, "not_sold_by_you");
        await stranger.Http.PostAsJsonAsync($"/products/{draft.Id}/proposals", new { name = "Mine" }, Ct)
            .Refuses(404, "not_found");
        await ben.Http.PostAsJsonAsync(path, new { }, Ct).Refuses(422, "nothing_proposed");
        await ben.Http.PostAsJsonAsync(path, new { category_ids = new[] { Guid.CreateVersion7() } }, Ct)
            .Refuses(422, "unknown_category");
        await ben.Http.PostAsJsonAsync(path, new { name = " " }, Ct).Refuses(422, "validation_failed");
        Assert.Equal(0, (await ben.Http.GetJson("/products/proposals")).GetProperty("data").GetArrayLength());
    }
}
