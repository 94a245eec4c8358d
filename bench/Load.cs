using System.Diagnostics;

namespace Souk.Bench;

/// <summary>What one client of a scenario does over and over. Answers whether the iteration was a success.</summary>
internal delegate bool Iteration(Wire wire);

/// <summary>What one run measured.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Clients">Connections.</param>
/// <param name="TargetRate">Iterations a second that were asked for; null in a closed loop.</param>
/// <param name="Rate">Successful iterations a second.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P90">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Max">Milliseconds.</param>
/// <param name="Done">Successful iterations in the measured time.</param>
/// <param name="Failed">Others.</param>
/// <param name="Souk">CPU and memory of the server.</param>
/// <param name="Postgres">CPU and memory of PostgreSQL.</param>
/// <param name="Others">The same of Kafka, Redis and the gateway, where there are any.</param>
/// <param name="Note">What else there is to say.</param>
internal sealed record Figures(
    string Scenario, int Clients, double? TargetRate, double Rate, double P50, double P90, double P99, double Max, long Done, long Failed, Usage? Souk, Usage? Postgres, Usage? Others, string? Note = null);

/// <summary>
/// Drives a scenario: closed loop (each client sends when it has its answer) or open loop (at a fixed rate, latency counted
/// from when a request was due, so that a stall counts for all who waited).
/// </summary>
internal static class Load
{
    /// <param name="name">The scenario.</param>
    /// <param name="address">The server.</param>
    /// <param name="clients">Connections, each with a thread of its own.</param>
    /// <param name="rate">Iterations a second for all; null for a closed loop.</param>
    /// <param name="warmUp">Left out of the figures: the runtime compiles its hot code anew for 10 to 15 s.</param>
    /// <param name="measured">The time that counts.</param>
    /// <param name="make">Makes the iteration of client n.</param>
    /// <param name="watch">The processes whose use is read.</param>
    public static Figures Run(
        string name, Uri address, int clients, double? rate, TimeSpan warmUp, TimeSpan measured, Func<int, Iteration> make, Watch? watch)
    {
        var start = Stopwatch.GetTimestamp();
        var from = start + (long)(warmUp.TotalSeconds * Stopwatch.Frequency);
        var to = from + (long)(measured.TotalSeconds * Stopwatch.Frequency);
        var latencies = new List<long>[clients];
        var failed = new long[clients];
        var errors = new string?[clients];
        var ticket = 0L;
        var threads = new Thread[clients];
        for (var n = 0; n < clients; n++)
        {
            var client = n;
            latencies[n] = new List<long>(100_000);
            threads[n] = new Thread(() => Client(client)) { IsBackground = true };
            threads[n].Start();
        }

        SleepUntil(from);
        watch?.Begin();
        SleepUntil(to);
        var usage = watch?.End();
        foreach (var thread in threads)
            thread.Join(TimeSpan.FromSeconds(60));

        var all = latencies.SelectMany(list => list).ToArray();
        Array.Sort(all);
        double At(double share) => all.Length == 0 ? double.NaN : all[Math.Min(all.Length - 1, (int)(all.Length * share))] * 1000.0 / Stopwatch.Frequency;
        return new Figures(
            name, clients, rate, all.Length / measured.TotalSeconds, At(0.5), At(0.9), At(0.99), At(1), all.Length, failed.Sum(),
            usage?.Souk, usage?.Postgres, usage?.Others, Array.Find(errors, e => e is not null));

        void Client(int n)
        {
            Wire? wire = null;
            var iteration = make(n);
            while (true)
            {
                var due = Stopwatch.GetTimestamp();
                if (rate is { } perSecond)
                {
                    due = start + (long)(Interlocked.Increment(ref ticket) / perSecond * Stopwatch.Frequency);
                    SleepUntil(due);
                }
                if (due >= to)
                    break;
                bool success;
                try
                {
                    wire ??= new Wire(address);
                    success = iteration(wire);
                    if (!success)
                        errors[n] ??= $"{wire.Status}: {wire.BodyText[..Math.Min(300, wire.BodyText.Length)]}";
                }
                catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or InvalidOperationException)
                {
                    errors[n] ??= e.Message;
                    success = false;
                    wire?.Dispose();
                    wire = null;
                    Thread.Sleep(50);
                }
                if (wire is { IsLast: true })
                {
                    wire.Dispose();
                    wire = null;
                }
                var end = Stopwatch.GetTimestamp();
                if (end < from || end >= to)
                    continue;
                if (success)
                    latencies[n].Add(end - due);
                else
                    failed[n]++;
            }
            wire?.Dispose();
        }
    }

    private static void SleepUntil(long timestamp)
    {
        var left = (timestamp - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency;
        if (left > 0)
            Thread.Sleep((int)Math.Ceiling(left));
    }
}
