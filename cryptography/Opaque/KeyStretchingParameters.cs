namespace Vault.Cryptography.Opaque;

/// <summary>
/// Cost of Argon2id, <see href="https://www.rfc-editor.org/rfc/rfc9106#section-3.1">RFC 9106 section 3.1</see>. An
/// instance is always within bounds: a server that names cheaper parameters would make stolen records easy to
/// guess, one that names dearer ones would stop its clients.
/// </summary>
public sealed record KeyStretchingParameters
{
    /// <summary>The least memory, in KiB (64 MiB).</summary>
    public const int MinMemoryKiB = 64 * 1024;

    /// <summary>The most memory, in KiB (1 GiB).</summary>
    public const int MaxMemoryKiB = 1024 * 1024;

    /// <summary>The fewest passes over the memory.</summary>
    public const int MinIterations = 3;

    /// <summary>The most passes over the memory.</summary>
    public const int MaxIterations = 16;

    /// <summary>The only number of lanes: more would make one login use several processors at once.</summary>
    public const int RequiredParallelism = 1;

    private KeyStretchingParameters(int memoryKiB, int iterations, int parallelism) =>
        (MemoryKiB, Iterations, Parallelism) = (memoryKiB, iterations, parallelism);

    /// <summary>What new accounts are registered with: 64 MiB, 3 passes, 1 lane.</summary>
    public static KeyStretchingParameters Default { get; } =
        new(MinMemoryKiB, MinIterations, RequiredParallelism);

    /// <summary>Memory, in KiB (m).</summary>
    public int MemoryKiB { get; }

    /// <summary>Passes over the memory (t).</summary>
    public int Iterations { get; }

    /// <summary>Lanes (p).</summary>
    public int Parallelism { get; }

    /// <summary>Checks parameters that came from elsewhere, a server for instance.</summary>
    /// <exception cref="CryptographyException">A value is below its floor or above its ceiling
    /// (<see cref="CryptographyError.OutOfRange"/>).</exception>
    public static KeyStretchingParameters Create(int memoryKiB, int iterations, int parallelism)
    {
        if (memoryKiB is < MinMemoryKiB or > MaxMemoryKiB)
        {
            throw OutOfRange($"memory must be {MinMemoryKiB} to {MaxMemoryKiB} KiB, not {memoryKiB}");
        }

        if (iterations is < MinIterations or > MaxIterations)
        {
            throw OutOfRange($"iterations must be {MinIterations} to {MaxIterations}, not {iterations}");
        }

        return parallelism == RequiredParallelism
            ? new KeyStretchingParameters(memoryKiB, iterations, parallelism)
            : throw OutOfRange($"parallelism must be {RequiredParallelism}, not {parallelism}");
    }

    private static CryptographyException OutOfRange(string what) =>
        new(CryptographyError.OutOfRange, $"The server's key stretching is refused: {what}.");
}
