using System.Buffers;
using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Vault.Client;

namespace Vault.PowerShell.Completion;

/// <summary>Completes an argument: never throws, never asks, and is done within a quarter of a second.</summary>
public abstract class VaultCompleter : IArgumentCompleter
{
    // Anything else may mean something to the parser where no quotes stand around it.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/+%");

    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            return [.. Complete(new CompletionRequest(commandName, parameterName, wordToComplete, fakeBoundParameters))];
        }
        catch (Exception)
        {
            // The person is typing: an error would garble the line and help nobody.
            return [];
        }
    }

    private protected abstract IEnumerable<CompletionResult> Complete(CompletionRequest request);

    /// <summary>A whole value.</summary>
    private protected static CompletionResult Value(string value, string? tip = null) =>
        new(Quote(value), value, CompletionResultType.ParameterValue, tip ?? value);

    /// <summary>The value as it must stand on the command line.</summary>
    private protected static string Quote(string value) => value.Length > 0 && !value.AsSpan().ContainsAnyExcept(Plain)
        && char.IsAsciiLetterOrDigit(value[0])
            ? value
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
}

/// <summary>What is to be completed.</summary>
internal sealed class CompletionRequest(string command, string parameter, string? word, IDictionary bound)
{
    /// <summary>The parameter's name.</summary>
    public string Parameter { get; } = parameter;

    /// <summary>What was typed so far, without the quote before it.</summary>
    public string Typed { get; } = (word ?? "").TrimStart('\'', '"').TrimEnd('\'', '"');

    /// <summary>The session that the command would use; null where there is none.</summary>
    public VaultSession? Session => (Bound("Session") switch
    {
        VaultSession session => session,
        string name => SessionTable.Current.Find(name) is [var only] ? only : null,
        _ => SessionTable.Current.Default,
    }) is { } used && !SessionTable.HasEnded(used) ? used : null;

    /// <summary>Whose files the command is about, unless its switches say otherwise.</summary>
    public FileScope CommandScope
    {
        get
        {
            // Get-VaultFile is GetVaultFileCommand: the cmdlet itself knows.
            var type = typeof(QueryCmdlet).Assembly.GetType(
                $"Vault.PowerShell.Commands.{command.Split('\\')[^1].Replace("-", "", StringComparison.Ordinal)}Command", throwOnError: false, ignoreCase: true);
            using var cmdlet = type is null ? null : Activator.CreateInstance(type) as QueryCmdlet;
            return cmdlet?.Offered ?? FileScope.All;
        }
    }

    /// <summary>Whether a switch was given.</summary>
    public bool IsOn(string parameter) => Bound(parameter) is SwitchParameter { IsPresent: true } or true;

    /// <summary>What another parameter was given, as far as it is known before the command runs.</summary>
    public object? Bound(string parameter) => bound[parameter] is PSObject wrapped ? wrapped.BaseObject : bound[parameter];

    /// <summary>Whether a value goes on from what was typed; letter case is the shell's business.</summary>
    public bool IsBeginOf(string value) => value.StartsWith(Typed, StringComparison.OrdinalIgnoreCase);
}
