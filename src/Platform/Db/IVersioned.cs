namespace Souk.Platform.Db;

/// <summary>
/// An aggregate with a version: its ETag, its concurrency token and the version of its state events. The platform adds one
/// at every save that changes it. Not <c>xmin</c>: a later write can show a smaller one.
/// </summary>
public interface IVersioned
{
    /// <summary>0 before the first save, then 1, 2, ….</summary>
    long Version { get; set; }
}
