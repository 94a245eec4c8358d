namespace Souk.IntegrationTests.Walls;

/// <summary>
/// A line of <c>tests/rights.txt</c>: who may use an operation, where it names a thing on whose things, and a body, where
/// the example of the document does not do.
/// </summary>
/// <param name="Operation">Method and path.</param>
/// <param name="Who">Words that the head of the file explains.</param>
/// <param name="Body">JSON; null for the example of the document.</param>
internal sealed record Right(string Operation, IReadOnlyList<string> Who, string? Body)
{
    /// <summary>Whether what each finds there is their own business.</summary>
    public bool IsOwn => Who.Contains("own");

    /// <summary>Whether an id in the body may be anybody's.</summary>
    public bool TakesAny(string member) => Who.Contains($"~{member}");

    /// <summary>Whether an id in the body does not come to be read.</summary>
    public bool ReadsNo(string member) => Who.Contains($"?{member}");

    /// <summary>All of them, by operation.</summary>
    public static IReadOnlyDictionary<string, Right> All() =>
        File.ReadLines(Path.Combine(Repository.Root, "tests", "rights.txt")).Where(line =>
            line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('|', 3, StringSplitOptions.TrimEntries))
            .ToDictionary(parts => parts[0], parts =>
                new Right(parts[0], parts[1].Split(' '), parts.Length > 2 ? parts[2] : null), StringComparer.Ordinal);

    /// <summary>Whether this party may.</summary>
    /// <param name="party">Who asks.</param>
    /// <param name="operation">What for.</param>
    /// <param name="about">Whose things the request names; null when it names nothing.</param>
    public bool Allows(Party party, Operation operation, IReadOnlyDictionary<string, string>? about) =>
        Who.Any(word => word[0] is not ('!' or '~' or '?') && Means(word, party, operation, about));

    /// <summary>Whether this party sees the thing, and is told that it may not do this to it.</summary>
    public bool RefusesOpenly(Party party, Operation operation, IReadOnlyDictionary<string, string> about) =>
        Who.Any(word => word[0] == '!' && Means(word[1..], party, operation, about));

    private static bool Means(string word, Party party, Operation operation, IReadOnlyDictionary<string, string>? about)
    {
        var parts = word.Split(':');
        var isTheirs = about is null || party.Owns(about);
        return parts[0] switch
        {
            "everybody" or "own" => true,
            "signed-in" => party.AccountId != default,
            "people" => party.AccountId != default && party.Group != "staff",
            "buyer" or "guest" => party.Group == parts[0] && isTheirs,
            "seller" => party.Group is "seller" or "operator" && isTheirs && Has(party.There, parts, operation),
            "keeper" => party.Group == "operator" && about == party.World!.Things && Has(party.There, parts, operation),
            "stored" => about is not null && World.AreOfOperator(about) && Has(party.There, parts, operation),
            "owner" => party.Group is "seller" or "operator" && isTheirs
                && !Party.OfOwner(party.Group).Except(party.There).Any(),
            "sellers" => Has(party.There, parts, operation),
            "staff" => Has(party.Everywhere, parts, operation),
            _ => throw new InvalidOperationException($"{operation.Name}: there is no word {word} in tests/rights.txt."),
        };
    }

    // seller: who has a permission of the operation; seller:a: who has this one; seller:a+b: both; seller:*: every
    // member.
    private static bool Has(IReadOnlyList<string> granted, string[] parts, Operation operation) =>
        granted.Count > 0 && parts switch
    {
        [_, "*"] => true,
        [_, var named] => named.Split('+').All(granted.Contains),
        _ => granted.Intersect(operation.Permissions).Any(),
    };
}
