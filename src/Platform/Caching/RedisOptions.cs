using System.ComponentModel.DataAnnotations;
using StackExchange.Redis;

namespace Souk.Platform.Caching;

/// <summary>Where the deployment's Redis is, read from the section <c>Redis</c> and checked at start.</summary>
public sealed class RedisOptions : IValidatableObject
{
    /// <summary>
    /// Its address as StackExchange.Redis reads it, for example <c>redis:6379,password=…,ssl=true</c>. Default none: each
    /// process keeps and counts for itself.
    /// </summary>
    public string? Configuration { get; set; }

    /// <summary>
    /// How long a request waits for Redis before it goes on without. Default 50 ms; 5 ms to 1 s. Longer lets a slow Redis
    /// slow more requests down; shorter goes without it when the machine is busy.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.005", "00:00:01")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(50);

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Configuration) && !Parses(Configuration))
            // The text of the exception may repeat the password.
            yield return new ValidationResult(
                "Redis__Configuration cannot be read. Example: redis:6379,password=…,ssl=true.",
                [nameof(Configuration)]);
    }

    private static bool Parses(string configuration)
    {
        try
        {
            return ConfigurationOptions.Parse(configuration).EndPoints.Count > 0;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return false;
        }
    }
}
