using System.Collections.Concurrent;
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

    // Lists of which nobody has two lines in these worlds, so that nobody gets a cursor.
    private static readonly string[] OnePage =
    [
        "GET /companies/{companyId}/members", "GET /companies/{companyId}/shops", "GET /inventory/alerts",
        "GET /offers/{id}/prices", "GET /payouts/{id}/items", "GET /products/{id}/offers", "GET /stock-rules",
    ];

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
    private World second = null!;
    private IReadOnlyList<Party> parties = [];
    private Dictionary<string, string> absent = [];
    private string[] ids = [];
    private string[] secrets = [];
    private int sent;
    private int cursors;
    private int others;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everybody_may_what_the_table_says_and_learns_nothing_of_what_is_not_theirs()
    {
        var rights = Right.All();
        (first, second) = (await World.Make(souk), await World.Make(souk));
        parties = await Party.All(souk, first, second);
        absent = first.Things.Keys.ToDictionary(name => name, _ => Guid.CreateVersion7().ToString());
        ids = [.. new[] { first, second }.SelectMany(world => world.All).Append(absent)
            .SelectMany(things => things.Values).Where(id => id.Length > 8).Distinct(), $"{Guid.Empty}"];
        secrets = [first.Buyer.Email, first.Seller.Email, .. Secrets.Select(name => first.Things[name])];
        var only = Environment.GetEnvironmentVariable("SOUK_ROUTE");
        var operations = Operation.All(Operation.Committed()).Where(operation => only is null || operation.Name == only)
            .Where((_, index) => !SoukServer.IsSplit || index % EveryNth == 0)
            .OrderBy(operation => operation.Danger).ToArray();
        foreach (var operation in operations.Where(operation => !rights.ContainsKey(operation.Name)))
            wrong.Add((operation.Name, "has no line in tests/rights.txt", "nobody knows whom"));
        Question[] questions = [.. operations.Where(operation => rights.ContainsKey(operation.Name))
            .Select(operation => new Question(operation, rights[operation.Name], first.Things))];

        await AskInBodies(questions);
        foreach (var question in questions)
        {
            await Ask(question);
            await AskWithCursor(question);
        }

        var allowed = SeenKeys.Allowed();
        foreach (var (key, groups) in seen)
            foreach (var group in groups.Keys.Where(group => !allowed.Allows(key, group)))
                wrong.Add((key, "is shown, and tests/seen.txt does not say so", group));

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{operations.Length} operations, {parties.Count} parties, {sent} requests, "
            + $"{others} with another's id in the body, {cursors} cursors tried by others");
        var shown = wrong.GroupBy(one => (one.Operation, one.What), one => one.Party)
            .OrderBy(same => same.Key.Operation, StringComparer.Ordinal).Take(ShownMax)
            .Select(same =>
                $"{same.Key.Operation} {same.Key.What}\n    for {string.Join(", ", same.Distinct().Order())}");
        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {sent} were wrong:\n{string.Join('\n', shown)}");
    }

    private async Task Ask(Question question)
    {
        var asked = parties.SelectMany(party => Wholes(question).Select(about => (party, about))).ToArray();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            await using var wire = new Wire(souk.Url);
            for (int mine; (mine = Interlocked.Increment(ref next)) < asked.Length;)
                await Ask(wire, asked[mine].about, asked[mine].party);
        }));
    }

    // The question about the things of the seller and the buyer, of the guest, and of the operator.
    private IEnumerable<Question> Wholes(Question question) =>
        first.All.Skip(1).Select(things => question with { Things = things }).Where(about => about.IsAboutThem)
            .Prepend(question);

    private async Task Ask(Wire wire, Question question, Party party)
    {
        var (operation, right) = (question.Operation, question.Right);
        var names = question.NamesThings;
        var door = Door(operation, party);
        var allowed = door == 0 && right.Allows(party, operation, names ? question.Things : null);
        var there = await Send(wire, question, party);
        var refusals = Refusals(question, party, door, names);
        if (allowed ? IsShut(there) && (there.Status != 404 || (question.IsThere && !right.IsOwn))
            : !refusals.Contains(there.Status))
            Report(question, party, $"not {(allowed ? "allowed" : string.Join(" or ", refusals))}", there);
        if (allowed && operation.Method is "PUT" or "DELETE" && there.Status < 300)
            Report(question, party, "did it in spite of an If-Match of no version", there);
        Keep(question, party, there);
        foreach (var key in there.Status is >= 200 and < 300 ? SeenKeys.Of(operation, there) : [])
            seen.GetOrAdd(key, _ => new()).TryAdd(party.Group.Length == 0 ? "nobody" : party.Group, true);
        if (question.Things == first.Things)
            foreach (var parameter in operation.Parameters.Where(parameter => parameter.In == "query"))
                await AskInQuery(wire, question, party, parameter.Name);
        // Where each has one of their own nobody is shut out, and in a path another's is as good as none.
        var isTheirs = allowed && (!right.IsOwn || party.World == first || !question.IsOfPath);
        if (isTheirs || door != 0 || !names || right.RefusesOpenly(party, operation, question.Things))
            return;

        var nothing = await Send(wire, question.Of(absent), party);
        if (Plain(nothing) != Plain(there))
            wrong.Add((operation.Name, $"tells whether it is there:\n    {Plain(there)}\n    {Plain(nothing)}",
                party.Name));
    }

    // The same of an id that is another's and of one that is nobody's, where a list is filtered by it.
    private async Task AskInQuery(Wire wire, Question question, Party party, string name)
    {
        var right = question.Right;
        var isOpen = right.Who.Contains("everybody");
        foreach (var things in first.All.Where(things => IsOthers(party, things)))
            if (Sample.ThingOf(name, things) is { } thing && !((isOpen || right.IsOwn) && Shown.Contains(thing))
                && !(right.Who.Contains("stored") && World.AreOfOperator(things)))
            {
                var theirs = await Send(wire, question with { Query = $"{name}={things[thing]}" }, party);
                var nobodys = await Send(wire, question with { Query = $"{name}={absent[thing]}" }, party);
                if (theirs.Status != nobodys.Status || (!isOpen && Plain(theirs) != Plain(nobodys)))
                    wrong.Add(($"{question.Operation.Name}?{name}",
                        $"tells whether it is there:\n    {Plain(theirs)}\n    {Plain(nobodys)}", party.Name));
                Keep(question, party, theirs, things[thing]);
            }
    }

    // A cursor is good for who got it: by it nobody learns anything of another's list.
    private async Task AskWithCursor(Question question)
    {
        var operation = question.Operation;
        if (operation.Method != "GET" || operation.Parameters.All(parameter => parameter.Name != "cursor"))
            return;
        await using var wire = new Wire(souk.Url);
        var isTried = false;
        foreach (var holder in parties.Where(party => party.Name is "the seller" or "the buyer" or "admin"))
        {
            var page = await Send(wire, question with { Query = "limit=1" }, holder);
            if (page.Status != 200
                || JsonElement.Parse(page.Body).GetProperty("next_cursor").GetString() is not { } cursor)
                continue;
            cursors++;
            isTried = true;
            var next = question with { Query = $"limit=1&cursor={Uri.EscapeDataString(cursor)}" };
            foreach (var other in parties.Where(party => party.AccountId != holder.AccountId))
                if (await Send(wire, next, other) is { Status: < 400 } answer)
                    Report(question, other, $"took the cursor of {holder.Name}", answer);
        }
        if (!isTried && !OnePage.Contains(operation.Name))
            wrong.Add((operation.Name, "gave nobody a cursor: World.cs makes too few for a second page", "all"));
    }

    // Of who sells, stores or buys there too each sees a part.
    private bool IsOthers(Party party, IReadOnlyDictionary<string, string> things) => IsStranger(party)
        || (party is { Group: "buyer" } && things == first.ThingsOfGuest)
        || (party is { Group: "guest" } && things == first.Things);

    // Each id in a body by itself, in a request about their own things: another's and nobody's are told the same.
    private async Task AskInBodies(IReadOnlyList<Question> questions)
    {
        await using var wire = new Wire(souk.Url);
        var before = await WhatIsTheirs(wire, questions);
        foreach (var question in questions.Where(question => question.Operation.Body is not null))
        {
            Place[] places = [.. Sample.Places(question.Operation, question.Operation.Body!)
                .Where(place => place.IsId && !question.Right.TakesAny(place.Name))];
            var nobodys = new Dictionary<(Place, Party), string>();
            Party[] strangers =
                [.. parties.Where(party => party.World == second && Door(question.Operation, party) == 0)];
            foreach (var place in places)
                foreach (var party in strangers)
                    nobodys[(place, party)] = await AskInBody(wire, question, party, place);
            // Their own comes last: it is done. An answer that is still the same has not looked at the id.
            strangers = [.. strangers.Where(party => question.Right.Allows(party, question.Operation, null))];
            foreach (var place in places.Where(place => strangers.Length > 0 && !question.Right.ReadsNo(place.Name)))
            {
                var isRead = false;
                foreach (var party in strangers)
                {
                    var own = await Send(wire, With(question, party, place, party.Own), party);
                    isRead |= Plain(own) != nobodys[(place, party)];
                }
                if (!isRead)
                    wrong.Add((question.Operation.Name, $"answers the same to their own id at {place.Pointer}: "
                        + nobodys[(place, strangers[0])], "all"));
            }
        }
        var after = await WhatIsTheirs(wire, questions);
        foreach (var (what, answer) in before.Where(answer => after[answer.Key] != answer.Value))
            wrong.Add((what.Operation, $"has changed by ids in bodies:\n    {answer}\n    {after[what]}", what.Party));
    }

    private async Task<string> AskInBody(Wire wire, Question question, Party party, Place place)
    {
        others++;
        var theirs = await Send(wire, With(question, party, place, first.Things), party);
        var nobodys = await Send(wire, With(question, party, place, absent), party);
        Keep(question, party, theirs);
        if (Plain(theirs) != Plain(nobodys))
            wrong.Add((question.Operation.Name,
                $"tells whether it is there, of {place.Pointer}:\n    {Plain(theirs)}\n    {Plain(nobodys)}",
                party.Name));
        return Plain(nobodys);
    }

    private static Question With(
        Question question, Party party, Place place, IReadOnlyDictionary<string, string> whose)
    {
        var thing = Sample.ThingOf(place.Name, whose) ?? throw new InvalidOperationException(
            $"World.cs makes nothing for {place.Pointer} of {question.Operation.Name}.");
        return question with { Things = party.Own, Other = (place, whose[thing]) };
    }

    // What the people of the first world read of what is theirs, each thing by itself: lists hold others' as well.
    private async Task<Dictionary<(string Operation, string Party), string>> WhatIsTheirs(
        Wire wire, IEnumerable<Question> questions)
    {
        var read = new Dictionary<(string, string), string>();
        foreach (var question in questions.Where(question =>
            question.Operation.Method == "GET" && question.IsOfPath && !question.Right.Who.Contains("everybody")))
            foreach (var party in parties.Where(party => party.World == first && party.Name == $"the {party.Group}"))
                read[(question.Operation.Name, party.Name)] =
                    Plain(await Send(wire, question with { Things = party.Own }, party));
        return read;
    }

    private bool IsStranger(Party party) => party.World != first && party.Everywhere.Count == 0;

    // Nobody else's answer, whatever it is about, holds what is of the first world alone.
    private void Keep(Question question, Party party, WireAnswer answer, string? asked = null)
    {
        // The path of the request comes back as the instance of a problem.
        var body = Instance().Replace(answer.Body, "");
        if (IsStranger(party)
            && secrets.FirstOrDefault(secret =>
            secret != asked && body.Contains(secret, StringComparison.Ordinal)) is { } secret)
            Report(question, party,
                $"shows {first.Things.FirstOrDefault(thing => thing.Value == secret).Key ?? "an address"}", answer);
    }

    private void Report(Question question, Party party, string why, WireAnswer answer)
    {
        var body = Plain(answer);
        var whose = question.Things == first.ThingsOfGuest ? " of the guest's"
            : question.Things == first.ThingsOfOperator ? " of the operator's" : "";
        wrong.Add((question.Operation.Name + whose,
            $"answers {answer.Status}, {why}: {body[..Math.Min(250, body.Length)]}", party.Name));
    }

    // The door itself; a wrong password, say, is refused behind it.
    private static bool IsShut(WireAnswer answer) =>
        answer.Status is 0 or >= 500
            || (answer.Status >= 400
            && Doors.Any(code => answer.Body.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal)));

    // 0 for who is let in to ask.
    private static int Door(Operation operation, Party party) =>
        operation.IsPublic ? 0 : party.AccountId == default ? 401 : operation.Permissions.Count > 0
            && !party.Has(operation.Permissions) ? 403 : 0;

    private static int[] Refusals(Question question, Party party, int door, bool names) =>
        door != 0 ? [door]
        : !names ? [401, 403, 404]
        : party.AccountId == default && question.Operation.IsPublic ? [401, 404]
        // 412: it sees the thing, and that it is another version.
        : question.Right.RefusesOpenly(party, question.Operation, question.Things) ? [403, 412]
        : question.IsOfPath ? [404]
        : [404, 422]; // Of an id in the body, 422 names the field.

    private async Task<WireAnswer> Send(Wire wire, Question question, Party party)
    {
        var request = question.Bytes(souk.Url, await party.Credentials(souk));
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
        $"{answer.Status} {answer.Headers.GetValueOrDefault("content-type")} " + ids.Aggregate(
            OfRequest().Replace(answer.Body, ""), (body, id) => body.Replace(id, "ID", StringComparison.Ordinal));

    [GeneratedRegex("\"instance\":\"[^\"]*\",?")]
    private static partial Regex Instance();

    [GeneratedRegex("\"(trace_id|idempotency_key)\":\"[0-9a-f]+\",?")]
    private static partial Regex OfRequest();
}
