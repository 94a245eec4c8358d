using System.Collections.Concurrent;

namespace Souk.IntegrationTests;

/// <summary>The host's log of a test run, in a file below <c>artifacts/test-logs</c>: where to look when a test says 500.</summary>
internal sealed class TestLog : ILoggerProvider
{
    private readonly ConcurrentDictionary<string, ILogger> loggers = new(StringComparer.Ordinal);
    private readonly StreamWriter file;

    public TestLog(string name) => file = Open(name);

    /// <summary>Keeps there what a process said.</summary>
    public static void Write(string name, string text)
    {
        using var file = Open(name);
        file.Write(text);
    }

    public ILogger CreateLogger(string categoryName) => loggers.GetOrAdd(categoryName, name => new Logger(this, name));

    public void Dispose()
    {
        lock (file)
            file.Dispose();
    }

    private static StreamWriter Open(string name)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "test-logs");
        Directory.CreateDirectory(folder);
        return new StreamWriter(Path.Combine(folder, name + ".log")) { AutoFlush = true };
    }

    private sealed class Logger(TestLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {logLevel} {category} {formatter(state, exception)}{(exception is null ? "" : "\n" + exception)}";
            lock (log.file)
                if (log.file.BaseStream is { CanWrite: true })
                    log.file.WriteLine(line);
        }
    }
}
