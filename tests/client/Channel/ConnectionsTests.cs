using Vault.Client.Channel;

namespace Vault.Client.Tests.Channel;

public sealed class ConnectionsTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(2), Long = TimeSpan.FromMilliseconds(50);

    private readonly List<bool> _made = [];
    private readonly Connections _connections;

    public ConnectionsTests() => _connections = new Connections(isFirst =>
    {
        _made.Add(isFirst);
        return new HttpClient();
    });

    public void Dispose() => _connections.Dispose();

    [Fact]
    public void ForBody_WayNotMeasuredOrShort_OneConnectionHasAll()
    {
        Take(8);
        _connections.Answered(Long); // a server that had much to do
        _connections.Answered(Short);
        _connections.Answered(Long);
        Take(8);
        Assert.Equal([true], _made);
    }

    [Fact]
    public void ForBody_WayLong_FourShareEvenly()
    {
        _connections.Answered(Long);
        Assert.All(Take(12).GroupBy(turn => turn.Client), bodies => Assert.Equal(3, bodies.Count()));
        Assert.Equal([true, false, false, false], _made);
    }

    [Fact]
    public void ForBody_OneIsDone_ItsConnectionIsNext()
    {
        _connections.Answered(Long);
        var turns = Take(Connections.Most);
        turns[2].Dispose();
        Assert.Same(turns[2].Client, _connections.ForBody().Client);
    }

    [Fact]
    public void Lost_WayIsMeasuredAnew()
    {
        _connections.Answered(Short);
        _connections.Lost();
        _connections.Answered(Long);
        Take(2);
        Assert.Equal([true, false], _made);
    }

    private List<Connections.Turn> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _connections.ForBody())];
}
