using System.Reflection;
using System.Text;
using Souk.Contracts;

namespace Souk.UnitTests.Architecture;

/// <summary>What services say to each other changes by adding only, and every change is seen in a diff.</summary>
public sealed class ContractsTests
{
    private const string Update = "SOUK_UPDATE_SNAPSHOTS";
    private static readonly string Snapshot = Path.Combine(Source.Root, "tests/UnitTests/Architecture/contracts.txt");

    [Fact]
    public void Contracts_are_as_they_were_written_down()
    {
        var now = Describe();
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(Snapshot, now);

        var before = File.ReadAllLines(Snapshot);
        var lines = now.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // A consumer of another version reads what is removed here, and events live on in logs for days.
        Source.None(before.Except(lines).Select(line => "Gone or changed: " + line));
        Source.None(lines.Except(before).Select(line => $"New: {line} (add it with {Update}=1 ./test ContractsTests)"));
    }

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (var type in typeof(IEvent).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            if (type.IsEnum)
                foreach (var name in Enum.GetNames(type))
                    text.Append($"{Name(type)}.{name}\n");
            else if (type.IsInterface)
                foreach (var method in type.GetMethods().OrderBy(method => method.Name, StringComparer.Ordinal))
                    text.Append($"{Name(type)}.{method.Name}({string.Join(", ", method.GetParameters().Select(p => Name(p.ParameterType)))}): {Name(method.ReturnType)}\n");
            else
                foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.Name, StringComparer.Ordinal))
                    text.Append($"{Name(type)}.{property.Name}: {Name(property.PropertyType)}\n");
        }
        return text.ToString();
    }

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Name(inner) + "?";
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericType)
            return $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
        return type.FullName is { } full && full.StartsWith("Souk.", StringComparison.Ordinal) ? full["Souk.Contracts.".Length..] : type.Name;
    }
}
