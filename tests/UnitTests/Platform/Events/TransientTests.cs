using Npgsql;
using Souk.Platform.Events;
using Xunit;

namespace Souk.UnitTests.Platform.Events;

/// <summary>A failure of the database is no failure of an event: the batch is read again, and nothing is parked.</summary>
public sealed class TransientTests
{
    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown)]
    [InlineData("25P03")] // It was idle for too long, as when its process was stopped for a while.
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    public void A_transaction_that_the_database_ended_is_not_its_events_fault(string state) =>
        Assert.True(Consumer.IsTransient(new InvalidOperationException("Wrapped.", Of(state))));

    [Fact]
    public void What_a_handler_did_wrong_is() => Assert.False(Consumer.IsTransient(Of(PostgresErrorCodes.CheckViolation)));

    private static PostgresException Of(string state) => new("The transaction has ended.", "ERROR", "ERROR", state);
}
