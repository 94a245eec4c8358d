namespace Souk.Payments.Gateways.Simulator;

/// <summary>
/// Makes one call of many that come at the same time: the first goes at once, those that come while it runs go together
/// when it is done. Nobody waits for a timer.
/// </summary>
internal sealed class Coalescer<TIn, TOut>(Func<IReadOnlyList<TIn>, Task<IReadOnlyList<TOut>>> call)
{
    private const int BatchMax = 500;
    private readonly Lock gate = new();
    private readonly Queue<(TIn Input, TaskCompletionSource<TOut> Output)> waiting = new();
    private bool running;

    public Task<TOut> Call(TIn input)
    {
        var output = new TaskCompletionSource<TOut>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting.Enqueue((input, output));
            if (running)
                return output.Task;
            running = true;
        }
        _ = Drain();
        return output.Task;
    }

    private async Task Drain()
    {
        await Task.Yield(); // Callers of the same moment get into the first call.
        while (Next() is { Count: > 0 } batch)
        {
            try
            {
                var results = await call(batch.ConvertAll(one => one.Input));
                for (var i = 0; i < batch.Count; i++)
                    batch[i].Output.SetResult(results[i]);
            }
            catch (Exception e)
            {
                foreach (var (_, output) in batch)
                    output.TrySetException(e);
            }
        }
    }

    private List<(TIn Input, TaskCompletionSource<TOut> Output)> Next()
    {
        lock (gate)
        {
            var batch = new List<(TIn, TaskCompletionSource<TOut>)>(Math.Min(waiting.Count, BatchMax));
            while (batch.Count < BatchMax && waiting.TryDequeue(out var one))
                batch.Add(one);
            running = batch.Count > 0;
            return batch;
        }
    }
}
