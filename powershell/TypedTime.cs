namespace Vault.PowerShell;

/// <summary>Times as people type them.</summary>
internal static class TypedTime
{
    /// <summary>A time without zone is local. The first and the last time there is mean just that in every zone.</summary>
    public static DateTimeOffset Of(DateTime typed)
    {
        try
        {
            return typed;
        }
        catch (ArgumentOutOfRangeException)
        {
            return typed.Year == 1 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue;
        }
    }
}
