using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Souk.Platform.Telemetry;

/// <summary>
/// Writes the metrics in Prometheus text format when they are asked for. The aggregation, with its bound on the number of
/// series, is OpenTelemetry's; only the text is ours, because its exporter package is not everywhere to be had.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusText : BaseExporter<Metric>, IPullMetricExporter
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock turn = new();
    private StringBuilder text = new();

    public Func<int, bool>? Collect { get; set; }

    /// <summary>The text of now. One scrape at a time; a second waits for the first.</summary>
    public string Scrape()
    {
        lock (turn)
        {
            text = new StringBuilder(64 * 1024);
            Collect?.Invoke(Timeout.Infinite);
            return text.ToString();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        // Two meters may measure under one name; the format wants a name to appear once.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            var name = NameOf(metric);
            if (!seen.Add(name))
                continue;
            text.Append("# HELP ").Append(name).Append(' ').Append(Escaped(metric.Description ?? "", quotes: false)).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(TypeOf(metric.MetricType)).Append('\n');
            foreach (ref readonly var point in metric.GetMetricPoints())
                Write(name, metric.MetricType, point);
        }
        return ExportResult.Success;
    }

    private void Write(string name, MetricType type, in MetricPoint point)
    {
        var labels = Labels(point.Tags);
        switch (type)
        {
            case MetricType.Histogram:
                var count = 0L;
                foreach (var bucket in point.GetHistogramBuckets())
                {
                    count += bucket.BucketCount;
                    var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound);
                    Line(name + "_bucket", labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"", count.ToString(CultureInfo.InvariantCulture));
                }
                Line(name + "_sum", labels, Number(point.GetHistogramSum()));
                Line(name + "_count", labels, point.GetHistogramCount().ToString(CultureInfo.InvariantCulture));
                break;
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                Line(name, labels, point.GetSumLong().ToString(CultureInfo.InvariantCulture));
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                Line(name, labels, Number(point.GetSumDouble()));
                break;
            case MetricType.LongGauge:
                Line(name, labels, point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture));
                break;
            case MetricType.DoubleGauge:
                Line(name, labels, Number(point.GetGaugeLastValueDouble()));
                break;
        }
    }

    private void Line(string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    // http.server.request.duration in s becomes http_server_request_duration_seconds; counters end with _total.
    internal static string NameOf(string name, string unit, bool counter)
    {
        var plain = new StringBuilder(name.Length + 16);
        foreach (var c in name)
            plain.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        var suffix = unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        if (suffix.Length > 0 && !plain.ToString().EndsWith(suffix, StringComparison.Ordinal))
            plain.Append(suffix);
        if (counter && !plain.ToString().EndsWith("_total", StringComparison.Ordinal))
            plain.Append("_total");
        return plain.ToString();
    }

    private static string NameOf(Metric metric) =>
        NameOf(metric.Name, metric.Unit, metric.MetricType is MetricType.LongSum or MetricType.DoubleSum);

    private static string TypeOf(MetricType type) => type switch
    {
        MetricType.Histogram => "histogram",
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        _ => "gauge",
    };

    private static string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new StringBuilder();
        foreach (var tag in tags)
        {
            if (labels.Length > 0)
                labels.Append(',');
            labels.Append(NameOf(tag.Key, "", counter: false)).Append("=\"")
                .Append(Escaped(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "", quotes: true)).Append('"');
        }
        return labels.ToString();
    }

    internal static string Escaped(string value, bool quotes)
    {
        value = value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        return quotes ? value.Replace("\"", "\\\"", StringComparison.Ordinal) : value;
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
