using System.Buffers.Binary;
using Microsoft.Extensions.Options;
using Souk.Identity;
using Souk.Identity.SignIn;
using Souk.Platform.Http;

namespace Souk.UnitTests.Identity;

public sealed class PasswordsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hash_is_PBKDF2_with_SHA512_salt_and_at_least_210000_iterations_by_default()
    {
        var passwords = new Passwords(Options.Create(new IdentityOptions()));

        var (one, two) = (await passwords.Hash("three cups of mint tea", Ct), await passwords.Hash("three cups of mint tea", Ct));

        Assert.NotEqual(one, two);
        var bytes = Convert.FromBase64String(one);
        Assert.Equal(1, bytes[0]); // the format of version 3
        Assert.Equal(2u, BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1))); // HMAC-SHA512
        Assert.True(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(5)) >= 210_000);
        Assert.True(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(9)) >= 16); // bytes of salt
    }

    [Fact]
    public async Task The_right_password_is_right_the_wrong_one_and_nobodys_are_wrong_and_an_old_hash_says_so()
    {
        var today = Passwords(iterations: 2000);
        var hash = await today.Hash("three cups of mint tea", Ct);
        var old = await Passwords(iterations: 1000).Hash("three cups of mint tea", Ct);

        Assert.Equal(PasswordCheck.Right, await today.Check(hash, "three cups of mint tea", Ct));
        Assert.Equal(PasswordCheck.Wrong, await today.Check(hash, "three cups of mint teA", Ct));
        Assert.Equal(PasswordCheck.Wrong, await today.Check(null, "three cups of mint tea", Ct));
        Assert.Equal(PasswordCheck.RightButOld, await today.Check(old, "three cups of mint tea", Ct));
    }

    [Fact]
    public async Task More_than_the_queue_holds_are_refused_at_once_and_the_others_served()
    {
        var passwords = Passwords(iterations: 50_000, parallelism: 1, queue: 2);

        var tries = Enumerable.Range(0, 20).Select(async _ =>
        {
            try
            {
                await passwords.Hash("three cups of mint tea", Ct);
                return "hashed";
            }
            catch (RuleException e)
            {
                Assert.Equal(429, e.Status);
                return e.Code;
            }
        }).ToArray();
        var outcomes = await Task.WhenAll(tries);

        Assert.InRange(outcomes.Count(outcome => outcome == "hashed"), 3, 19);
        Assert.Contains("busy_hashing", outcomes);
        Assert.NotEmpty(await passwords.Hash("three cups of mint tea", Ct));
    }

    private static Passwords Passwords(int iterations, int parallelism = 2, int queue = 16) => new(Options.Create(
        new IdentityOptions { PasswordIterations = iterations, HashingParallelism = parallelism, HashingQueue = queue }));
}
