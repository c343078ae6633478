using Vault.Gateway;
using Vault.Gateway.Hosting;

namespace Vault.Silo.Admin;

/// <summary>What an operator does beside the running server: <c>admin</c> and a command in front of the server's own options.</summary>
internal static class AdminProgram
{
    /// <summary>The first word of the command line.</summary>
    public const string Word = "admin";

    private const string Usage =
        "admin keys make FOLDER, admin keys show FOLDER, admin verify [STREAM], admin users, admin export FOLDER, admin import FOLDER; "
        + "behind it the server's options, such as --data, --state and --content";

    /// <summary>Runs one command.</summary>
    /// <param name="args">The command line behind <see cref="Word"/>.</param>
    /// <param name="output">What was found out.</param>
    /// <param name="errors">Damage; other errors are exceptions.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="OptionsException">The command or an option means nothing.</exception>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        string[] words = [.. args.TakeWhile(word => !word.StartsWith('-'))];
        string[] options = [.. args.Skip(words.Length)];
        switch (words)
        {
            case ["keys", "make", var folder] when options.Length == 0:
                KeysCommand.Make(folder, output);
                return 0;
            case ["keys", "show", var folder] when options.Length == 0:
                KeysCommand.Show(folder, output);
                return 0;
            case ["verify", ..] when words.Length <= 2:
                using (var stores = await OpenAsync(options, mustExist: true))
                {
                    return await VerifyCommand.RunAsync(stores.Events, words.ElementAtOrDefault(1), output, errors);
                }

            case ["users"]:
                using (var stores = await OpenAsync(options, mustExist: true))
                {
                    await UsersCommand.RunAsync(stores.Events, output);
                    return 0;
                }

            case ["export", var folder]:
                using (var stores = await OpenAsync(options, mustExist: true))
                using (var other = await OpenFolderAsync(folder, mustExist: false))
                {
                    await TransferCommand.RunAsync(stores, other, output);
                    return 0;
                }

            case ["import", var folder]:
                using (var other = await OpenFolderAsync(folder, mustExist: true))
                using (var stores = await OpenAsync(options, mustExist: false))
                {
                    await TransferCommand.RunAsync(other, stores, output);
                    return 0;
                }

            default:
                throw new OptionsException($"'{string.Join(' ', words.Prepend(Word))}' is no command. There are {Usage}.");
        }
    }

    /// <summary>The store that the options name, as the server would open it; a local one must not be in use.</summary>
    /// <param name="options">The server's options.</param>
    /// <param name="mustExist">Whether a data folder has to be there: one that were made here would pass for a whole vault without accounts.</param>
    private static Task<SiloStores> OpenAsync(string[] options, bool mustExist)
    {
        var configuration = Startup.CreateBuilder(options).Configuration;
        var silo = configuration.Options<SiloOptions>();
        silo.Validate();
        return OpenAsync(silo.Data, configuration.Options<StorageSettings>(StorageSettings.Section), mustExist);
    }

    private static Task<SiloStores> OpenFolderAsync(string folder, bool mustExist) => OpenAsync(folder, new StorageSettings(), mustExist);

    private static Task<SiloStores> OpenAsync(string folder, StorageSettings storage, bool mustExist) =>
        !mustExist || !storage.HasLocalContent || Directory.Exists(Path.Combine(folder, "state"))
            ? SiloStores.OpenAsync(Path.GetFullPath(folder), alone: true, storage)
            : throw new OptionsException($"{folder} has no folder 'state': it is no data folder and no export.");
}
