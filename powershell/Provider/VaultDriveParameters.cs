using System.Management.Automation;
using System.Security;
using Vault.Client;
using Vault.PowerShell.Completion;

namespace Vault.PowerShell.Provider;

/// <summary>What New-PSDrive takes besides, for a drive of this provider.</summary>
public sealed class VaultDriveParameters
{
    /// <summary>The session to work in, or its name; the one connected last when it is not given.</summary>
    [Parameter]
    [SessionName]
    [ArgumentCompleter(typeof(VaultSessionCompleter))]
    [ValidateNotNull]
    public VaultSession? Session { get; set; }
}

/// <summary>What Rename-Item and the like take besides, for files with a password of their own.</summary>
public class VaultPasswordParameters
{
    /// <summary>The password that the files have.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }
}

/// <summary>What Copy-Item and Move-Item take besides.</summary>
public sealed class VaultTargetParameters : VaultPasswordParameters
{
    /// <summary>The destination as it was typed, with its drive.</summary>
    internal string? Destination { get; init; }
}

/// <summary>What Get-Content takes besides, for files of this provider.</summary>
public sealed class VaultReadParameters : VaultContentParameters
{
    /// <summary>All of it as one text, or one array of bytes.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }
}

/// <summary>What Set-Content takes besides, for files of this provider.</summary>
public sealed class VaultWriteParameters : VaultContentParameters
{
    /// <summary>Text as it comes, without ends of lines in between and after it.</summary>
    [Parameter]
    public SwitchParameter NoNewline { get; set; }
}

/// <summary>What Get-Content and Set-Content take besides, for files of this provider.</summary>
public abstract class VaultContentParameters
{
    /// <summary>Bytes in place of lines of text (UTF-8).</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>The password that the file has, or is to have.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }
}
