using System.ComponentModel.DataAnnotations;
using Souk.Platform.Caching;

namespace Souk.UnitTests.Platform.Caching;

public sealed class RedisOptionsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("redis:6379,password=hidden,ssl=true")]
    public void What_can_be_read_is_taken(string? configuration) =>
        Assert.Empty(Problems(new() { Configuration = configuration }));

    [Theory]
    [InlineData("redis:6379,password=hidden,nonsense=1")]
    [InlineData("password=hidden")]
    public void What_cannot_be_read_is_refused_without_repeating_it(string configuration)
    {
        var problem = Assert.Single(Problems(new() { Configuration = configuration }));

        Assert.Contains("Redis__Configuration", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1001)]
    public void Nobody_waits_longer_or_shorter_than_makes_sense(int milliseconds) =>
        Assert.Single(Problems(new() { Timeout = TimeSpan.FromMilliseconds(milliseconds) }));

    private static List<string> Problems(RedisOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.ConvertAll(result => result.ErrorMessage!);
    }
}
