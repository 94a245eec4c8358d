namespace Souk.Bench;

/// <summary>Something that befalls the marketplace while it serves.</summary>
/// <param name="Name">As tables and messages call it.</param>
/// <param name="Inflict">Lets it happen, and ends when it is over. What was killed is on its way again then, but not there yet.</param>
internal sealed record Fault(string Name, Func<Task> Inflict);
