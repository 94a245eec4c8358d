using System.CommandLine;
using Souk.Bench;
using Souk.Bench.Chaos;
using Souk.Bench.Olist;

var root = new RootCommand("Loads Souk and measures it: its own process, keep-alive connections, warm-up left out.");

var clients = new Option<int>("--clients") { Description = "Connections, each a closed loop.", DefaultValueFactory = _ => 16 };
var rate = new Option<double?>("--rate") { Description = "Iterations a second for all clients together (open loop). Without it the loop is closed." };
var seconds = new Option<int>("--seconds") { Description = "Measured time of a run.", DefaultValueFactory = _ => 10 };
var warmUp = new Option<int>("--warm-up") { Description = "Seconds of load before the first run of a scenario; at least 15 for figures that are to be compared.", DefaultValueFactory = _ => 15 };
var runs = new Option<int>("--runs") { Description = "Runs of each scenario; the table shows medians.", DefaultValueFactory = _ => 3 };
var json = new Option<FileInfo?>("--json") { Description = "Writes all runs as JSON into this file." };

var split = new Option<bool>("--split") { Description = "As separate services: starts deploy/local-split in a folder of its own." };

var scenario = new Argument<string>("scenario") { Description = $"One of: {string.Join(", ", Scenarios.All.Select(s => s.Name))}." };
var run = new Command("run", "Runs one scenario and prints its figures.") { scenario, clients, rate, split, seconds, warmUp, runs, json };
run.SetAction((parsed, _) => Suite.RunOne(
    parsed.GetValue(scenario)!,
    new SuiteOptions(parsed.GetValue(runs), parsed.GetValue(warmUp), parsed.GetValue(seconds), parsed.GetValue(json)),
    parsed.GetValue(clients), parsed.GetValue(rate), parsed.GetValue(split)));
root.Subcommands.Add(run);

var report = new Option<FileInfo?>("--report") { Description = "Writes the table, with the date and how to repeat it, into this Markdown file." };
var all = new Command("all", "Runs every scenario and the limits of this machine, and prints one table with ratios.") { seconds, warmUp, runs, json, report };
all.SetAction((parsed, _) => Suite.RunAll(
    new SuiteOptions(parsed.GetValue(runs), parsed.GetValue(warmUp), parsed.GetValue(seconds), parsed.GetValue(json)), parsed.GetValue(report)));
root.Subcommands.Add(all);

var shapes = new Command("shapes", "Runs the same load in one process and as separate services, and prints one table.") { seconds, warmUp, runs, json, report };
shapes.SetAction((parsed, _) => Suite.RunShapes(
    new SuiteOptions(parsed.GetValue(runs), parsed.GetValue(warmUp), parsed.GetValue(seconds), parsed.GetValue(json)), parsed.GetValue(report)));
root.Subcommands.Add(shapes);

var port = new Option<int>("--port") { Required = true };
var size = new Option<int>("--size") { Required = true };
var serveBytes = new Command("serve-bytes", "Bare Kestrel that answers with a number of bytes: the yardstick limit-bytes runs it.") { port, size };
serveBytes.SetAction(async (parsed, _) =>
{
    await Limits.ServeBytes(parsed.GetValue(port), parsed.GetValue(size));
    return 0;
});
root.Subcommands.Add(serveBytes);
root.Subcommands.Add(OlistCommand.Command());
root.Subcommands.Add(ChaosCommand.Command(split));
root.Subcommands.Add(RollCommand.Command());
root.Subcommands.Add(EnumerationCommand.Command());
root.Subcommands.Add(ImportCommand.Command());

return await root.Parse(args).InvokeAsync();
