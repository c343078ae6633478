using System.Diagnostics.CodeAnalysis;
using Vault.Protocol;

namespace Vault.Grains.Interfaces;

/// <summary>A grain's answer: a value, or the problem that goes back to the client as it is.</summary>
/// <remarks>Refusals are results, not exceptions; exceptions mean that the server itself failed.</remarks>
[GenerateSerializer, Immutable]
public readonly record struct Outcome<T>
    where T : class
{
    private Outcome(T? value, Problem? problem)
    {
        Value = value;
        Problem = problem;
    }

    /// <summary>The value; null exactly where <see cref="Problem"/> is not.</summary>
    [Id(0)]
    public T? Value { get; }

    /// <summary>Why there is no value.</summary>
    [Id(1)]
    public Problem? Problem { get; }

    /// <summary>Takes the answer apart; exactly one of the two is not null.</summary>
    public bool Succeeded([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Problem? problem)
    {
        value = Value;
        problem = value is null ? Problem ?? new Problem(ErrorCode.ServerBusy, "The server gave no answer. Try again.") : null;
        return value is not null;
    }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Problem problem) => new(null, problem);
}
