using System.Text.Json;
using static Souk.IntegrationTests.Inventory.InventoryAlone;

namespace Souk.IntegrationTests.Notifications;

/// <summary>Mails in the language of whoever gets them.</summary>
public class LanguageTests(NotificationsAlone souk)
{
    private static readonly Guid[] Nobody = [];

    [Fact]
    public async Task An_order_is_mailed_in_the_language_its_buyer_gave_with_it()
    {
        var (contact, email) = souk.Person(locale: "fr");
        souk.Locales[contact] = "de-AT";

        await souk.Sold(contact, null, souk.Company(Nobody));

        var mail = (await souk.Mails(email, 1))[0];
        Assert.StartsWith("Ihre Bestellung S-", mail.GetProperty("subject").GetString(), StringComparison.Ordinal);
        Assert.Contains("1 x Lamp: 20,00 EUR", mail.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("<html lang=\"de\">", mail.GetProperty("html").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_buyer_who_gave_none_gets_it_in_that_of_their_account()
    {
        var (contact, email) = souk.Person();
        var (account, _) = souk.Person(locale: "de");

        var order = await souk.Sold(contact, account, souk.Company(Nobody));
        await souk.Shipped(order);

        Assert.All(
            await souk.Mails(email, 2),
            mail => Assert.Contains("Ihre Bestellung", Text(mail, "subject"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_language_without_a_text_gets_the_marketplaces_own()
    {
        var (contact, email) = souk.Person();
        souk.Locales[contact] = "is";

        await souk.Sold(contact, null, souk.Company(Nobody));

        Assert.StartsWith(
            "Your order S-", (await souk.Mails(email, 1))[0].GetProperty("subject").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_staff_writes_in_a_language_is_sent_in_it_and_the_others_stay()
    {
        var staff = souk.Staff();
        var name = $"t{Guid.CreateVersion7():N}";
        await Post(staff, "/email-templates", new { name, subject = "Hello", text = "English" });
        var french = await Post(
            staff, "/email-templates", new { name, subject = "Bonjour", text = "Français", locale = "fr" });
        Assert.Equal((2, "fr"), (french.GetProperty("version").GetInt32(), french.GetProperty("locale").GetString()));
        await Post(staff, "/email-templates", new { name, subject = "Salut", text = "x", locale = "fr" }, 409);
        await Post(staff, "/email-templates", new { name, subject = "Salut", text = "x", locale = "french" }, 422);
        await Put(staff, $"/email-templates/{name}", new { subject = "Hej", text = "x", locale = "sv" }, 404);
        await Put(staff, $"/email-templates/{name}", new { subject = "Salut", text = "Français", locale = "fr" });

        Assert.Equal("Salut", await Subject("fr-CA"));
        Assert.Equal("Hello", await Subject("es"));
        Assert.Equal(
            "Bonjour", (await Get(staff, $"/email-templates/{name}?version=2")).GetProperty("subject").GetString());
        Assert.Equal(3, (await Get(staff, $"/email-templates/{name}?locale=fr")).GetProperty("version").GetInt32());
        var preview = await Post(staff, $"/email-templates/{name}/preview", new { locale = "fr" }, 200);
        Assert.Equal("Salut", Text(preview, "subject"));
        var listed = (await Get(staff, "/email-templates?locale=fr&limit=100")).GetProperty("data").EnumerateArray();
        Assert.All(listed, template => Assert.Equal("fr", template.GetProperty("locale").GetString()));

        async Task<string?> Subject(string locale)
        {
            var (account, email) = souk.Person(locale: locale);
            await Post(staff, "/emails", new { account_id = account, template = name }, 202);
            return (await souk.Mails(email, 1))[0].GetProperty("subject").GetString();
        }
    }

    [Fact]
    public async Task Templates_are_paged_by_name_and_language()
    {
        var staff = souk.Staff();
        var (seen, cursor) = (new List<(string?, string?)>(), "");
        do
        {
            var page = await Get(staff, $"/email-templates?limit=7{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            seen.AddRange(page.GetProperty("data").EnumerateArray()
                .Select(one => (Text(one, "name"), Text(one, "locale"))));
            cursor = page.GetProperty("next_cursor").GetString() ?? "";
        }
        while (cursor.Length > 0);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Contains(("order_confirmed", "de"), seen);
        Assert.Contains(("order_confirmed", "en"), seen);
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
