using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Souk.Platform.Events.Kafka;

/// <summary>
/// The native librdkafka: the one that was built in (<c>-p:BundleLibrdkafka=true</c>), else the system's. Loaded by who uses
/// Kafka, so that a machine without it runs everything else.
/// </summary>
internal static class KafkaLibrary
{
    private static readonly string[] OfTheSystem = ["librdkafka.so.1", "librdkafka.1.dylib"];

    static KafkaLibrary() => NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);

    /// <exception cref="DllNotFoundException">There is none.</exception>
    public static void Load()
    {
        if (Library.IsLoaded)
            return;
        if (Resolve("librdkafka", typeof(Library).Assembly, null) == IntPtr.Zero)
            throw new DllNotFoundException("librdkafka");
        Library.Load(null);
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "librdkafka")
            return IntPtr.Zero;
        if (NativeLibrary.TryLoad(name, assembly, path, out var library))
            return library;
        return Array.Exists(OfTheSystem, file => NativeLibrary.TryLoad(file, out library)) ? library : IntPtr.Zero;
    }
}
