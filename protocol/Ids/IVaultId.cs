namespace Vault.Protocol;

/// <summary>A random 128-bit id, written as 32 lower-case hexadecimal digits wherever it leaves memory.</summary>
/// <typeparam name="TSelf">The id's own type, so that an account is never passed where a file is meant.</typeparam>
public interface IVaultId<TSelf>
    where TSelf : struct, IVaultId<TSelf>
{
    /// <summary>The 128 bits.</summary>
    Guid Value { get; }

    /// <summary>Wraps 128 bits.</summary>
    static abstract TSelf From(Guid value);
}
