using System.CommandLine;

namespace Souk.Host.Commands;

/// <summary>What <c>souk</c> understands. Without a command it serves.</summary>
internal static class CommandLine
{
    public static RootCommand Root()
    {
        var root = new RootCommand("Souk: an open marketplace in one program. Without a command it serves.");
        Serve.AddTo(root);
        root.Subcommands.Add(Migrate.Command());
        return root;
    }

    /// <summary>Runs a command's work; a wrong configuration becomes a line per problem and exit code 78.</summary>
    public static async Task<int> Run(Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (ConfigurationException e)
        {
            foreach (var problem in e.Problems)
                await Console.Error.WriteLineAsync("souk: " + problem);
            return ConfigurationException.ExitCode;
        }
    }
}
