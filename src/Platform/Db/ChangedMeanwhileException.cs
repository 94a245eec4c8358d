namespace Souk.Platform.Db;

/// <summary>A row was changed by another between the read and the write of one request: 409 <c>changed_meanwhile</c>.</summary>
public sealed class ChangedMeanwhileException(Exception? inner = null)
    : Exception("Someone else changed it meanwhile.", inner);
