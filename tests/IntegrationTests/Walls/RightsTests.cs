using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Souk.IntegrationTests.Walls;

/// <summary>
/// Every operation of the document, asked by everybody, about a thing that is there and one that is not: who may, gets
/// further than the door; who may not, is told what <c>tests/rights.txt</c> says, and never whether it is there. And nobody
/// is shown more of it than <c>tests/seen.txt</c> says.
/// </summary>
/// <remarks>As separate services a part of the operations is asked, chosen by <see cref="EveryNth" />.</remarks>
[Trait("Shape", "both")]
public sealed partial class RightsTests(SoukServer souk)
{
    private const int Connections = 8;
    private const int EveryNth = 9;
    private const int ShownMax = 80;
    private const int TriesMax = 20;

    // What everybody sees: whether it is there is no secret.
    private static readonly string[] Shown = ["product", "offer", "variant", "category", "shop"];

    // What the others must not see of the first world, wherever it stands.
    private static readonly string[] Secrets =
    [
        "orders", "parts", "payments", "refunds", "returns", "contacts", "addresses", "promotions", "codes", "api-keys",
        "accounts", "members", "roles", "invitations", "routing-rules", "payouts", "disputes", "notifications",
        "back-in-stock",
    ];

    private static readonly string[] Doors = ["sign_in_required", "invalid_token", "forbidden", "not_found"];

    private readonly ConcurrentBag<(string Operation, string What, string Party)> wrong = [];
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string,
        bool>> seen = new(StringComparer.Ordinal);
    private World first = null!;
    private Dictionary<string, string> absent = [];
    private string[] secrets = [];
    private int sent;
    private int cursors;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everybody_may_what_the_table_says_and_learns_nothing_of_what_is_not_theirs()
    {
        var rights = Right.All();
        first = await World.Make(souk);
        var parties = await Party.All(souk, first, await World.Make(souk));
        absent = first.Things.Keys.ToDictionary(name => name, _ => Guid.CreateVersion7().ToString());
        secrets = [first.Buyer.Email, first.Seller.Email, .. Secrets.Select(name => first.Things[name])];
        var only = Environment.GetEnvironmentVariable("SOUK_ROUTE");
        var operations = Operation.All(Operation.Committed()).Where(operation => only is null || operation.Name == only)
            .Where((_, index) => !SoukServer.IsSplit || index % EveryNth == 0)
            .OrderBy(operation => operation.Danger).ToArray();

        foreach (var operation in operations)
            if (rights.TryGetValue(operation.Name, out var right))
            {
                await Ask(operation, right, parties);
                await AskWithCursor(operation, right, parties);
            }
            else
                wrong.Add((operation.Name, "has no line in tests/rights.txt", "nobody knows whom"));

        var allowed = SeenKeys.Allowed();
        foreach (var (key, groups) in seen)
            foreach (var group in groups.Keys.Where(group => !allowed.Allows(key, group)))
                wrong.Add((key, "is shown, and tests/seen.txt does not say so", group));

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{operations.Length} operations, {parties.Count} parties, {sent} requests, "
            + $"{cursors} cursors tried by others");
        var shown = wrong.GroupBy(one => (one.Operation, one.What), one => one.Party)
            .OrderBy(same => same.Key.Operation, StringComparer.Ordinal).Take(ShownMax)
            .Select(same =>
                $"{same.Key.Operation} {same.Key.What}\n    for {string.Join(", ", same.Distinct().Order())}");
        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {sent} were wrong:\n{string.Join('\n', shown)}");
    }

    private async Task Ask(Operation operation, Right right, IReadOnlyList<Party> parties)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            await using var wire = new Wire(souk.Url);
            for (int mine; (mine = Interlocked.Increment(ref next)) < parties.Count;)
                await Ask(wire, operation, right, parties[mine]);
        }));
    }

    private async Task Ask(Wire wire, Operation operation, Right right, Party party)
    {
        var names = Names(operation, right);
        var door = Door(operation, party);
        var allowed = door == 0 && right.Allows(party, operation, names);
        var things = party.Group == "guest" && party.IsOfFirst ? first.ThingsOfGuest : first.Things;
        var there = await Send(wire, operation, right, party, things);
        var refusals = Refusals(operation, right, party, door, names);
        if (allowed ? IsShut(there) && (there.Status != 404 || (IsThere(operation) && !right.IsOwn))
            : !refusals.Contains(there.Status))
            Report(operation, party, $"not {(allowed ? "allowed" : string.Join(" or ", refusals))}", there);
        if (allowed && operation.Method is "PUT" or "DELETE" && there.Status < 300)
            Report(operation, party, "did it in spite of an If-Match of no version", there);
        Keep(operation, party, there);
        foreach (var key in there.Status == 200 ? SeenKeys.Of(operation, there) : [])
            seen.GetOrAdd(key, _ => new()).TryAdd(party.Group.Length == 0 ? "nobody" : party.Group, true);
        foreach (var parameter in operation.Parameters.Where(parameter =>
            parameter.In == "query" && IsForeign(party, parameter.Name)))
            await AskInQuery(wire, operation, right, party, parameter.Name);
        if (allowed || door != 0 || !names || right.RefusesOpenly(party, operation))
            return;

        var nothing = await Send(wire, operation, right, party, absent);
        if (Plain(nothing) != Plain(there))
            wrong.Add((operation.Name, $"tells whether it is there:\n    {Plain(there)}\n    {Plain(nothing)}",
                party.Name));
    }

    // The same of an id that is another's and of one that is nobody's, where a list is filtered by it.
    private async Task AskInQuery(Wire wire, Operation operation, Right right, Party party, string name)
    {
        var theirs = await Send(wire, operation, right, party, first.Things, $"{name}={first.Things[name[..^3]]}");
        var nobodys = await Send(wire, operation, right, party, first.Things, $"{name}={absent[name[..^3]]}");
        if (theirs.Status != nobodys.Status || (theirs.Status >= 400 && Plain(theirs) != Plain(nobodys)))
            wrong.Add(($"{operation.Name}?{name}",
                $"tells whether it is there:\n    {Plain(theirs)}\n    {Plain(nobodys)}", party.Name));
        Keep(operation, party, theirs, first.Things[name[..^3]]);
    }

    // A cursor is good for who got it: by it nobody learns anything of another's list.
    private async Task AskWithCursor(Operation operation, Right right, IReadOnlyList<Party> parties)
    {
        if (operation.Method != "GET" || operation.Parameters.All(parameter => parameter.Name != "cursor"))
            return;
        await using var wire = new Wire(souk.Url);
        foreach (var holder in parties.Where(party => party.Name is "the seller" or "the buyer" or "admin"))
        {
            var page = await Send(wire, operation, right, holder, first.Things, "limit=1");
            if (page.Status != 200
                || JsonElement.Parse(page.Body).GetProperty("next_cursor").GetString() is not { } cursor)
                continue;
            cursors++;
            var query = $"limit=1&cursor={Uri.EscapeDataString(cursor)}";
            foreach (var other in parties.Where(party => party.AccountId != holder.AccountId))
                if (await Send(wire, operation, right, other, first.Things, query) is { Status: < 400 } answer)
                    Report(operation, other, $"took the cursor of {holder.Name}", answer);
        }
    }

    private bool IsForeign(Party party, string name) =>
        IsStranger(party) && name.EndsWith("_id", StringComparison.Ordinal) && first.Things.ContainsKey(name[..^3])
            && !Shown.Contains(name[..^3]);

    private static bool IsStranger(Party party) => party is { IsOfFirst: false, Everywhere.Count: 0 };

    // Nobody else's answer, whatever it is about, holds what is of the first world alone.
    private void Keep(Operation operation, Party party, WireAnswer answer, string? asked = null)
    {
        // The path of the request comes back as the instance of a problem.
        var body = Instance().Replace(answer.Body, "");
        if (IsStranger(party)
            && secrets.FirstOrDefault(secret =>
            secret != asked && body.Contains(secret, StringComparison.Ordinal)) is { } secret)
            Report(operation, party,
                $"shows {first.Things.FirstOrDefault(thing => thing.Value == secret).Key ?? "an address"}", answer);
    }

    private void Report(Operation operation, Party party, string why, WireAnswer answer)
    {
        var body = Plain(answer);
        wrong.Add((operation.Name, $"answers {answer.Status}, {why}: {body[..Math.Min(250, body.Length)]}",
            party.Name));
    }

    // The door itself; a wrong password, say, is refused behind it.
    private static bool IsShut(WireAnswer answer) =>
        answer.Status is 0 or >= 500
            || (answer.Status >= 400
            && Doors.Any(code => answer.Body.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal)));

    private bool IsThere(Operation operation)
    {
        var parts = operation.Path.Split('/');
        return parts.Where((part, i) => part.StartsWith('{') && !first.Things.ContainsKey(parts[i - 1])).Any() is false;
    }

    // 0 for who is let in to ask.
    private static int Door(Operation operation, Party party) =>
        operation.IsPublic ? 0 : party.AccountId == default ? 401 : operation.Permissions.Count > 0
            && !party.Has(operation.Permissions) ? 403 : 0;

    private static int[] Refusals(Operation operation, Right right, Party party, int door, bool names) =>
        door != 0 ? [door]
        : !names ? [401, 403, 404]
        : party.AccountId == default && operation.IsPublic ? [401, 404]
        : right.RefusesOpenly(party, operation) ? [403, 412] // 412: it sees the thing, and that it is another version.
        : operation.Path.Contains('{', StringComparison.Ordinal) ? [404]
        : [404, 422]; // Of an id in the body, 422 names the field.

    // Whether it is about a thing: by its path, or by ids in its body.
    private bool Names(Operation operation, Right right) =>
        operation.Path.Contains('{', StringComparison.Ordinal)
            || Body(operation, right, first.Things) != Body(operation, right, absent);

    private static string? Body(Operation operation, Right right, IReadOnlyDictionary<string, string> things)
    {
        if (right.Body is null)
            return Sample.Good(operation, things)?.ToJsonString() ?? (operation.HasBody ? "{}" : null);
        return things.Aggregate(right.Body, (body, thing) =>
            body.Replace($"{{{thing.Key}}}", thing.Value, StringComparison.Ordinal));
    }

    private async Task<WireAnswer> Send(Wire wire, Operation operation, Right right, Party party,
        IReadOnlyDictionary<string, string> things, string? query = null)
    {
        var headers = new List<(string, string)>(await party.Credentials(souk));
        // Found, and of another version: whoever may is told so, and nothing is done.
        if (operation.Parameters.Any(parameter => parameter.Name == "If-Match"))
            headers.Add(("If-Match", "\"-1\""));
        if (operation.Parameters.Any(parameter => parameter.Name == "Idempotency-Key"))
            headers.Add(("Idempotency-Key", $"{Guid.CreateVersion7():N}"));
        if (operation.HasBody)
            headers.Add(("Content-Type", operation.Says["requestBody"]!["content"]!.AsObject().First().Key));
        var parts = operation.Path.Split('/');
        var path = string.Join('/',
            parts.Select((part, i) =>
            part.StartsWith('{') ? things.GetValueOrDefault(parts[i - 1]) ?? Guid.Empty.ToString() : part));
        var body = operation.TakesPicture ? World.Picture : Body(operation, right, things) is { } text
            ? Encoding.UTF8.GetBytes(text) : null;
        var target = query is null ? path : $"{path}?{query}";
        var request = new BadInput(operation, "", operation.Method, target, headers, body, IsRefused: false)
            .Bytes(souk.Url, null);
        Interlocked.Increment(ref sent);
        var answer = await wire.Send(request, Ct);
        // Busy, or a service that starts: it says itself that it is to be asked again.
        for (var tries = 0; answer.Status == 503 && tries < TriesMax; tries++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Ct);
            answer = await wire.Send(request, Ct);
        }
        return answer;
    }

    // The answer without what differs from one request to another.
    private string Plain(WireAnswer answer) =>
        $"{answer.Status} {answer.Headers.GetValueOrDefault("content-type")} " + Ids().Aggregate(
            TraceId().Replace(answer.Body, ""), (body, id) => body.Replace(id, "ID", StringComparison.Ordinal));

    private IEnumerable<string> Ids() =>
        first.Things.Values.Concat(absent.Values).Concat(first.ThingsOfGuest.Values).Append(Guid.Empty.ToString())
            .Where(id => id.Length > 8);

    [GeneratedRegex("\"instance\":\"[^\"]*\",?")]
    private static partial Regex Instance();

    [GeneratedRegex("\"trace_id\":\"[0-9a-f]+\",?")]
    private static partial Regex TraceId();
}
