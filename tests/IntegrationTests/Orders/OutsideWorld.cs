using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Souk.Contracts.Carts;
using Souk.Contracts.Identity;
using Souk.Contracts.Orders;
using Souk.Platform.Security;

namespace Souk.IntegrationTests.Orders;

/// <summary>
/// What the order service asks of services that are not hosted here: whose tokens are good, and the contact of an
/// order.
/// </summary>
internal sealed class OutsideWorld : IIdentityApi, ICartsApi, IDisposable
{
    private const string Kid = "test";
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static readonly ContactCard Card = new(
        "Ada Lovelace", "ada@example.com", "+4930123456", new PostalAddress("Invalidenstr. 116", null, "Berlin", null, "10115", "DE"),
        new PostalAddress("Am Bach 1", null, "Bonn", null, "53111", "DE"));

    /// <summary>The contacts that accounts keep.</summary>
    public ConcurrentDictionary<(Guid Contact, Guid Account), ContactCard?> Kept { get; } = new();

    /// <summary>The API keys there are.</summary>
    public ConcurrentDictionary<string, ApiKeyOwner?> ApiKeys { get; } = new();

    /// <summary>What can be bought: of whom, for how much, in which currency.</summary>
    public ConcurrentDictionary<Guid, (Guid Company, long Price, string Currency)> Offers { get; } = new();

    /// <summary>A client that is signed in with these rights; with shops, in those of the companies only.</summary>
    public HttpClient SignIn(
        Uri url, Guid? accountId = null, string kind = "customer", string[]? everywhere = null,
        Dictionary<Guid, Guid>? shops = null, params Guid[] companies)
    {
        var now = (decimal)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000;
        var token = new AccessToken(
            "souk", "souk", accountId ?? Guid.CreateVersion7(), Guid.CreateVersion7(), now, now, now + 300, kind, everywhere ?? [],
            companies.ToDictionary(company => company, _ => 0),
            [kind == "warehouse" ? [Permissions.StockRead, Permissions.StockManage]
                : [Permissions.OrdersRead, Permissions.OrdersManage]],
            shops)
            .Sign(key, Kid);
        var client = new HttpClient { BaseAddress = url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public Task<IReadOnlyList<VerificationKey>> Keys(CancellationToken ct)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return Task.FromResult<IReadOnlyList<VerificationKey>>([new VerificationKey(Kid, Base64Url.EncodeToString(q.X), Base64Url.EncodeToString(q.Y))]);
    }

    public Task<Revocations> Revocations(long after, CancellationToken ct) => Task.FromResult(new Revocations(after, []));

    public Task<ContactCard?> Contact(Guid contactId, CancellationToken ct) => Task.FromResult<ContactCard?>(Card);

    public Task<ContactCard?> KeptContact(Guid contactId, Guid accountId, CancellationToken ct) =>
        Task.FromResult(Kept.GetValueOrDefault((contactId, accountId)));

    public Task<PricedAddition?> PriceAddition(WantedAddition wanted, CancellationToken ct)
    {
        OrderedLine[] lines =
        [
            .. wanted.Lines.Where(line => Offers.ContainsKey(line.OfferId)).Select(line => new OrderedLine(
                Guid.CreateVersion7(), line.OfferId, Guid.CreateVersion7(), Guid.CreateVersion7(),
                Offers[line.OfferId].Company, Guid.CreateVersion7(), "SKU", "Lamp", line.Quantity,
                Offers[line.OfferId].Price, 0, 0, 0, 0, Offers[line.OfferId].Price * line.Quantity, "standard", [])),
        ];
        AdditionProblem[] problems = lines.Length == wanted.Lines.Length
            ? []
            : [new AdditionProblem("not_available", "This is not for sale any more.", wanted.Lines[0].OfferId, null)];
        return Task.FromResult<PricedAddition?>(new PricedAddition(
            lines is [var first, ..] ? Offers[first.OfferId].Currency : "EUR", true, lines,
            [
                .. lines.Select(line => line.CompanyId).Distinct().Select(company => new OrderedPart(
                    Guid.CreateVersion7(), company, Guid.CreateVersion7(), "Parcel")),
            ],
            problems));
    }

    public Task<Addressee?> Account(Guid accountId, CancellationToken ct) => Task.FromResult<Addressee?>(null);

    public Task<IReadOnlyList<Addressee>> Members(Guid companyId, string permission, CancellationToken ct) => Task.FromResult<IReadOnlyList<Addressee>>([]);

    public Task<MailedLink?> Link(Guid requestId, CancellationToken ct) => Task.FromResult<MailedLink?>(null);

    public Task<ApiKeyOwner?> ApiKey(string key, CancellationToken ct) => Task.FromResult(ApiKeys.GetValueOrDefault(key));

    public void Dispose() => key.Dispose();
}
