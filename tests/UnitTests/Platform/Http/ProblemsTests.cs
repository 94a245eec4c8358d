using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Souk.Platform.Http;
using Xunit;

namespace Souk.UnitTests.Platform.Http;

/// <summary>Which failures of the database a caller may hope to get around by another try.</summary>
public sealed class ProblemsTests
{
    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown)]
    [InlineData("25P03")] // It was idle for too long, as when its process was stopped for a while.
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    public void A_transaction_that_the_database_ended_is_worth_another_try(string state)
    {
        var problem = Of(state);

        Assert.Equal((503, "busy"), (problem.Status, problem.Code));
    }

    [Fact]
    public void A_mistake_of_ours_is_not()
    {
        var problem = Of(PostgresErrorCodes.UndefinedColumn);

        Assert.Equal((500, "internal"), (problem.Status, problem.Code));
    }

    private static Problem Of(string state)
    {
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        return Problems.Of(
            new DefaultHttpContext { RequestServices = services },
            new PostgresException("The session has ended.", "FATAL", "FATAL", state));
    }
}
