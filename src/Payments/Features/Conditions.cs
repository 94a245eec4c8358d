namespace Souk.Payments.Features;

/// <summary>The conditions of a list: only those that apply become part of the statement, so that each mix gets a plan of its own.</summary>
internal sealed class Conditions
{
    private readonly List<string> conditions = [];
    private readonly List<object?> args = [];

    /// <summary>Adds a condition without a value.</summary>
    public Conditions And(string condition)
    {
        conditions.Add(condition);
        return this;
    }

    /// <summary>Adds a condition; <c>?</c> in it stands for the value.</summary>
    public Conditions And(string condition, object value)
    {
        args.Add(value);
        conditions.Add(condition.Replace("?", $"${args.Count}", StringComparison.Ordinal));
        return this;
    }

    /// <summary>Adds a condition when there is a value for it.</summary>
    public Conditions AndIf(string condition, object? value) => value is null ? this : And(condition, value);

    /// <summary>Adds a condition on several values: <c>?0</c>, <c>?1</c>, ….</summary>
    public Conditions AndAll(string condition, params object[] values)
    {
        for (var i = values.Length - 1; i >= 0; i--)
            condition = condition.Replace($"?{i}", $"${args.Count + i + 1}", StringComparison.Ordinal);
        args.AddRange(values);
        conditions.Add(condition);
        return this;
    }

    public string Where => conditions.Count == 0 ? "" : "where " + string.Join(" and ", conditions);

    public object?[] Args => [.. args];
}
