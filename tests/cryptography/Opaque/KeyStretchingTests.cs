using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;

namespace Vault.Cryptography.Tests.Opaque;

public sealed class KeyStretchingTests
{
    [Theory]
    [InlineData(65536, 3, 1)]
    [InlineData(1048576, 16, 1)]
    public void Create_WithinBounds_IsAccepted(int memoryKiB, int iterations, int parallelism)
    {
        var parameters = KeyStretchingParameters.Create(memoryKiB, iterations, parallelism);

        Assert.Equal((memoryKiB, iterations, parallelism),
            (parameters.MemoryKiB, parameters.Iterations, parameters.Parallelism));
    }

    [Theory]
    [InlineData(65535, 3, 1)]
    [InlineData(1048577, 3, 1)]
    [InlineData(65536, 2, 1)]
    [InlineData(65536, 17, 1)]
    [InlineData(65536, 3, 0)]
    [InlineData(65536, 3, 2)]
    [InlineData(0, 0, 0)]
    [InlineData(-65536, -3, -1)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue)]
    public void Create_BelowFloorOrAboveCeiling_IsRefused(int memoryKiB, int iterations, int parallelism)
    {
        var error = Assert.Throws<CryptographyException>(
            () => KeyStretchingParameters.Create(memoryKiB, iterations, parallelism));

        Assert.Equal(CryptographyError.OutOfRange, error.Reason);
    }

    [Fact]
    public void Default_IsWhatCreateGivesForIt() =>
        Assert.Equal(KeyStretchingParameters.Default, KeyStretchingParameters.Create(65536, 3, 1));

    [Fact]
    public async Task StretchAsync_SameInput_DependsOnInputAndParametersAlone()
    {
        using var input = new SecretBytes("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"u8);
        var dearer = KeyStretchingParameters.Create(65536, 4, 1);

        using var first = await new Argon2idKeyStretching(KeyStretchingParameters.Default).StretchAsync(input, default);
        using var again = await new Argon2idKeyStretching(KeyStretchingParameters.Default).StretchAsync(input, default);
        using var other = await new Argon2idKeyStretching(dearer).StretchAsync(input, default);

        Assert.Equal(OpaqueSuite.HashLength, first.Length);
        Assert.Equal(first.Span, again.Span);
        Assert.False(first.Span.SequenceEqual(other.Span));
    }

    [Fact]
    public async Task StretchAsync_CancelledBefore_DoesNotStart()
    {
        // A disposed input would make any work fail in another way.
        var input = new SecretBytes(OpaqueSuite.HashLength);
        input.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new Argon2idKeyStretching(KeyStretchingParameters.Default)
                .StretchAsync(input, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task StretchAsync_WorkFails_FailsTheTask()
    {
        var input = new SecretBytes(OpaqueSuite.HashLength);
        input.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => new Argon2idKeyStretching(KeyStretchingParameters.Default).StretchAsync(input, default));
    }
}
