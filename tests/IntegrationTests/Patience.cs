using System.Runtime.CompilerServices;

namespace Souk.IntegrationTests;

/// <summary>
/// Tests run side by side, often on a slow machine that is busy with other things. What they ask is whether it is right, not
/// whether it is fast: the hosts get a minute for a request and a checkout waits for its order, unless a test is about such a
/// limit and sets its own.
/// </summary>
internal static class Patience
{
    [ModuleInitializer]
    public static void Have()
    {
        Environment.SetEnvironmentVariable("Souk__Http__ReadDeadline", "00:01:00");
        Environment.SetEnvironmentVariable("Souk__Http__WriteDeadline", "00:01:00");
        // Less than clients wait.
        Environment.SetEnvironmentVariable("Souk__Http__AnswerWait", "00:00:25");
    }
}
