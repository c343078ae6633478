using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Vault.Gateway.Hosting;

/// <summary>What a process listens on, with the ports that it was given where any free one was asked for.</summary>
internal sealed class Listeners
{
    /// <summary>For clients.</summary>
    public ListenOptions? Clients { get; set; }

    /// <summary>For operators.</summary>
    public ListenOptions? Operations { get; set; }

    /// <summary>Where a listener of a started host listens: binding has put the port in.</summary>
    public static IPEndPoint EndPoint(ListenOptions? listener) =>
        listener?.IPEndPoint ?? throw new InvalidOperationException("Nothing listens there.");
}
