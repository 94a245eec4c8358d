namespace Souk.Host.Demo;

/// <summary>What the demo sellers sell: 21 things in each of ten categories, two categories a seller.</summary>
internal static class DemoGoods
{
    public static readonly IReadOnlyList<DemoSeller> Sellers =
    [
        new("Lumen & Sons", "lumen", "DE", "Hamburg", ["Lamps", "Candles"]),
        new("Atelier Fil", "fil", "FR", "Lyon", ["Clothing", "Blankets"]),
        new("Casa Barro", "barro", "PT", "Porto", ["Pottery", "Kitchen"]),
        new("Northern Paper", "paper", "SE", "Uppsala", ["Notebooks", "Prints"]),
        new("Green Corner", "green", "NL", "Utrecht", ["Plants", "Garden tools"]),
    ];

    private static readonly Dictionary<string, (string[] Kinds, string[] Makes, string? Option, string[] Values, int From)> Shelves = new()
    {
        ["Lamps"] = (["table lamp", "floor lamp", "pendant", "wall lamp", "reading lamp", "lantern", "desk lamp"], ["Oak", "Brass", "Linen"], null, [], 3900),
        ["Candles"] = (["pillar candle", "tea lights", "scented candle", "taper candles", "beeswax candle", "garden candle", "votive"], ["Honey", "Cedar", "Fig"], null, [], 590),
        ["Clothing"] = (["shirt", "scarf", "jumper", "apron", "cap", "cardigan", "trousers"], ["Wool", "Cotton", "Hemp"], "size", ["S", "M", "L"], 2490),
        ["Blankets"] = (["throw", "bedspread", "baby blanket", "picnic blanket", "cushion cover", "shawl", "rug"], ["Merino", "Alpaca", "Recycled"], "color", ["sand", "moss"], 3490),
        ["Pottery"] = (["mug", "bowl", "plate", "vase", "teapot", "jug", "espresso cup"], ["Speckled", "Blue", "Terracotta"], null, [], 1290),
        ["Kitchen"] = (["cutting board", "salad servers", "spoon", "pepper mill", "bread box", "spice rack", "rolling pin"], ["Olive wood", "Beech", "Walnut"], null, [], 990),
        ["Notebooks"] = (["notebook", "sketchbook", "diary", "music book", "recipe book", "travel journal", "ledger"], ["Lined", "Dotted", "Plain"], "size", ["A5", "A6"], 790),
        ["Prints"] = (["city map", "star chart", "botanical print", "alphabet poster", "moon calendar", "bird chart", "harbour view"], ["Small", "Large", "Framed"], null, [], 1490),
        ["Plants"] = (["fern", "ficus", "monstera", "cactus", "olive tree", "ivy", "orchid"], ["Young", "Potted", "Tall"], null, [], 890),
        ["Garden tools"] = (["trowel", "rake", "watering can", "secateurs", "dibber", "hand fork", "hoe"], ["Copper", "Steel", "Ash"], null, [], 1190),
    };

    public static IEnumerable<DemoProduct> In(string category)
    {
        var (kinds, makes, option, values, from) = Shelves[category];
        for (var kind = 0; kind < kinds.Length; kind++)
            for (var make = 0; make < makes.Length; make++)
            {
                // Prices and stock look random and are the same every time.
                var n = (kind * 37 + make * 101 + category.Length * 13) % 97;
                yield return new DemoProduct(
                    $"{makes[make]} {kinds[kind]}",
                    $"{makes[make]} {kinds[kind]}, made in small numbers and checked by hand. Part of our {category.ToLowerInvariant()}.",
                    option, values, from + n * 25 + make * 500, 5 + n % 60);
            }
    }
}

/// <summary>A company with a shop.</summary>
internal sealed record DemoSeller(string Name, string Slug, string Country, string City, string[] Categories);

/// <summary>A thing on sale; with an option it has a variant for each of its values.</summary>
internal sealed record DemoProduct(string Name, string Description, string? Option, string[] Values, long PriceMinor, int Stock);
