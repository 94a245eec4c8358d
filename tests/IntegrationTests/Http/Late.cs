using Souk.Contracts;

// The last part of the namespace is the service that publishes it.
namespace Souk.IntegrationTests.Http.Probe;

/// <summary>Brings the answer of a late request.</summary>
/// <param name="Key">The id of the answer.</param>
/// <param name="Status">Its status.</param>
/// <param name="DelayMilliseconds">How long the handler takes.</param>
public sealed record Late(Guid Key, int Status, int DelayMilliseconds) : IEvent;
