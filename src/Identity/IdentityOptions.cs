using System.ComponentModel.DataAnnotations;

namespace Souk.Identity;

/// <summary>Settings of the identity service, read from the section <c>Identity</c> and checked at start.</summary>
internal sealed class IdentityOptions
{
    /// <summary>The fewest iterations that Production accepts.</summary>
    public const int PasswordIterationsSafe = 210_000;

    /// <summary>Whether new companies are approved at once. Default no: staff approve them.</summary>
    public bool ApproveCompanies { get; set; }

    /// <summary>
    /// Whether an account can only sign in once its address is verified. Default no. With yes, nobody can find out by
    /// registering and signing in whether an address has an account.
    /// </summary>
    public bool RequireVerifiedEmail { get; set; }

    /// <summary>
    /// Whether staff may do nothing but look after their own account until they have two-step sign-in. Default no.
    /// </summary>
    public bool StaffNeedTwoSteps { get; set; }

    /// <summary>
    /// PBKDF2-SHA512 iterations of new passwords. Default 210,000 (about 0.1 s of a core); from 1,000 to 10,000,000, in
    /// Production at least 210,000. Older passwords are hashed again at the next sign-in.
    /// </summary>
    [Range(1_000, 10_000_000)]
    public int PasswordIterations { get; set; } = PasswordIterationsSafe;

    /// <summary>How many passwords are hashed at once. Default half the cores, at least 1; from 1 to 64.</summary>
    [Range(1, 64)]
    public int HashingParallelism { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>How many wait for their turn before others get 429 <c>busy_hashing</c>. Default 16; from 0 to 1,000.</summary>
    [Range(0, 1_000)]
    public int HashingQueue { get; set; } = 16;

    /// <summary>Failed sign-ins to one account before each further one doubles a delay. Default 5; from 1 to 20.</summary>
    [Range(1, 20)]
    public int FailuresFree { get; set; } = 5;

    /// <summary>
    /// Failed sign-ins from one network (/24 or /64) before each further one doubles a delay for it. Default 100; from 10 to
    /// 100,000. Offices and phone networks share addresses.
    /// </summary>
    [Range(10, 100_000)]
    public int NetworkFailuresFree { get; set; } = 100;

    /// <summary>The longest of these delays. Default 15 minutes; from 1 minute to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan DelayMax { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a sign-in lasts that is not used. Default 30 days; from 1 hour to 180 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "180.00:00:00")]
    public TimeSpan SessionIdle { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a sign-in lasts at most. Default 180 days; from 1 hour to 365 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan SessionMax { get; set; } = TimeSpan.FromDays(180);

    /// <summary>How long a key signs access tokens. Default 30 days; from 1 hour to 365 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan SigningKeyLife { get; set; } = TimeSpan.FromDays(30);
}
