using System.Security.Cryptography;
using Konscious.Security.Cryptography;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Opaque;

/// <summary>
/// The product's key stretching: Argon2id with 16 zero bytes as salt (the OPRF has salted the input already) and 64
/// bytes of output, <see href="https://www.rfc-editor.org/rfc/rfc9807#section-7">RFC 9807 section 7</see>.
/// </summary>
/// <remarks>
/// Clients run this and servers never do. The call has a thread of its own, but Konscious 1.3.1 hands each segment
/// of the memory to <see cref="Task.Run(Action)"/> and waits: one worker of the process's thread pool is busy with
/// Argon2 while it lasts. That is no matter in a client and would be one in a gateway or silo.
/// </remarks>
public sealed class Argon2idKeyStretching : IKeyStretching
{
    private const int SaltLength = 16;

    private readonly KeyStretchingParameters _parameters;

    /// <summary>Stretches at the cost that <paramref name="parameters"/> name.</summary>
    public Argon2idKeyStretching(KeyStretchingParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _parameters = parameters;
    }

    /// <inheritdoc/>
    public Task<SecretBytes> StretchAsync(SecretBytes input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<SecretBytes>(cancellationToken);
        }

        // The library blocks its caller for hundreds of milliseconds; that caller is a thread made for it.
        var done = new TaskCompletionSource<SecretBytes>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(input, done)) { IsBackground = true, Name = "Argon2id" }.Start();
        return done.Task;
    }

    private void Run(SecretBytes input, TaskCompletionSource<SecretBytes> done)
    {
        try
        {
            var output = Stretch(input);

            // 64 MiB and more that were computed from a password: gone now, not whenever the collector next looks there.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            done.SetResult(output);
        }
#pragma warning disable CA1031 // Nothing is swallowed: whatever happened becomes the task's outcome.
        catch (Exception error)
#pragma warning restore CA1031
        {
            done.SetException(error);
        }
    }

    private SecretBytes Stretch(SecretBytes input)
    {
        // The library wants arrays; these two are zeroed here. Its working memory it leaves to the collector.
        var password = GC.AllocateUninitializedArray<byte>(input.Length, pinned: true);
        byte[] output = [];
        try
        {
            input.Span.CopyTo(password);
            using var argon2 = new Argon2id(password)
            {
                Salt = new byte[SaltLength],
                MemorySize = _parameters.MemoryKiB,
                Iterations = _parameters.Iterations,
                DegreeOfParallelism = _parameters.Parallelism,
            };
            output = argon2.GetBytes(OpaqueSuite.HashLength);
            return new SecretBytes(output);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
            CryptographicOperations.ZeroMemory(output);
        }
    }
}
