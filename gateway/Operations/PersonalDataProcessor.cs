using System.Diagnostics;
using OpenTelemetry;

namespace Vault.Gateway.Operations;

/// <summary>Takes out of traces what says who somebody is, or where: network addresses, queries, names of programs.</summary>
internal sealed class PersonalDataProcessor : BaseProcessor<Activity>
{
    private static readonly string[] Personal =
    [
        "client.address", "client.port", "client.socket.address", "net.peer.ip", "network.peer.address", "network.peer.port",
        "server.address", "url.query", "user_agent.original", "http.user_agent", "exception.message", "exception.stacktrace",
    ];

    public override void OnEnd(Activity data)
    {
        foreach (var tag in Personal)
        {
            if (data.GetTagItem(tag) is not null)
            {
                data.SetTag(tag, null);
            }
        }
    }
}
