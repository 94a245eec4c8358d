namespace Souk.Bench;

internal enum ScenarioKind
{
    /// <summary>Requests against the marketplace.</summary>
    Souk,

    /// <summary>Requests against bare Kestrel.</summary>
    LimitBytes,

    /// <summary>Transactions against bare PostgreSQL.</summary>
    LimitCheckout,
}

/// <summary>Something that many clients do over and over.</summary>
/// <param name="Name">Its name on the command line and in the table.</param>
/// <param name="Client">Makes the iteration of one client; the number seeds its choices.</param>
/// <param name="Kind">What it runs against.</param>
/// <param name="Prepare">Makes what only this scenario needs, before its first run; gets the owner's connection string too.</param>
internal sealed record Scenario(
    string Name, Func<Market, int, Iteration> Client, ScenarioKind Kind = ScenarioKind.Souk, Func<Market, string, Task>? Prepare = null);
