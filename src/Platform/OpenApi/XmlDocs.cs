using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Souk.Platform.OpenApi;

/// <summary>
/// What the comments in the code say about a type or one of its members: they are the descriptions of the document. Read
/// from the files that the compiler writes beside the assemblies; without them the document only says less.
/// </summary>
internal sealed partial class XmlDocs
{
    private readonly ConcurrentDictionary<Assembly, Dictionary<string, XElement>> files = new();

    public string? Summary(Type type) => Text(Member(type)?.Element("summary"));

    /// <summary>A member of a record is documented as the parameter of its constructor, others as themselves.</summary>
    public string? Property(Type type, PropertyInfo property) =>
        Text(Member(type)?.Elements("param").FirstOrDefault(parameter => (string?)parameter.Attribute("name") == property.Name))
        ?? Text(File(type.Assembly).GetValueOrDefault($"P:{NameOf(type)}.{property.Name}")?.Element("summary"));

    private XElement? Member(Type type) => File(type.Assembly).GetValueOrDefault("T:" + NameOf(type));

    private static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private Dictionary<string, XElement> File(Assembly assembly) => files.GetOrAdd(assembly, static one =>
    {
        var path = Path.ChangeExtension(one.Location, ".xml");
        if (path.Length == 0 || !System.IO.File.Exists(path))
            return [];
        return XDocument.Load(path).Descendants("member").ToDictionary(member => (string)member.Attribute("name")!, StringComparer.Ordinal);
    });

    private static string? Text(XElement? element)
    {
        if (element is null)
            return null;
        var text = string.Concat(element.Nodes().Select(node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "see" or "paramref" or "typeparamref" } reference => Reference(reference),
            XElement other => Text(other) ?? "",
            _ => "",
        }));
        return Spaces().Replace(text, " ").Trim() is { Length: > 0 } said ? said : null;
    }

    private static string Reference(XElement reference)
    {
        var target = (string?)reference.Attribute("cref") ?? (string?)reference.Attribute("name") ?? (string?)reference.Attribute("langword") ?? reference.Value;
        return target[(target.LastIndexOfAny(['.', ':']) + 1)..];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
