using System.Security.Cryptography;
using Vault.Protocol;
using Vault.Tests.Support;

namespace Vault.Client.Tests;

public sealed class KnownServersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string State => _folder.File("state");

    private string ListPath => Path.Combine(State, "known_servers");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Remember_ManyAtOnce_LosesNone()
    {
        var servers = Enumerable.Range(1, 40).Select(number => (Address: new ServerAddress($"host-{number}", number, null), Key: NewKey())).ToArray();

        Parallel.ForEach(servers, new ParallelOptions { MaxDegreeOfParallelism = 8 }, server => new KnownServers(State).Remember(server.Address, server.Key));

        Assert.All(servers, server => Assert.Equal(server.Key, new KnownServers(State).Find(server.Address)));
        Assert.Equal(servers.Length, File.ReadAllLines(ListPath).Length);
        Assert.Equal(["known_servers", "known_servers.lock"], Directory.GetFiles(State).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public void Remember_DiskFull_KeepsTheListAndLeavesNothingElse()
    {
        using var disk = SmallDisk.MountOrSkip();
        var state = Path.Combine(disk.Path, "state");
        var (server, key) = (new ServerAddress("one", 7117, null), NewKey());
        var known = new KnownServers(state);
        known.Remember(server, key);
        disk.FillExcept(0);

        Assert.ThrowsAny<IOException>(() => known.Remember(new ServerAddress("two", 7117, null), NewKey()));

        Assert.Equal(key, new KnownServers(state).Find(server));
        Assert.Equal(
            ["known_servers", "known_servers.lock"], Directory.GetFiles(state).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Remember_AnotherKey_ReplacesThatServersOnly()
    {
        var (one, two) = (new ServerAddress("one", 7117, null), new ServerAddress("::1", 7117, null));
        var known = new KnownServers(State);
        known.Remember(one, NewKey());
        var key = NewKey();
        known.Remember(two, key);
        var replaced = NewKey();
        known.Remember(one, replaced);

        Assert.Equal(replaced, known.Find(one));
        Assert.Equal(key, known.Find(two));
        Assert.Null(known.Find(one with { Port = 7118 }));
        Assert.Null(known.Find(new ServerAddress("three", 7117, null)));
    }

    [Fact]
    public void Remember_SeveralPlaces_KnowsEachOfThem()
    {
        var key = NewKey();
        var known = new KnownServers(State);
        Assert.True(ServerAddress.TryParse("one,two:7118", out var both));
        Assert.True(ServerAddress.TryParse("two:7118,three", out var others));

        known.Remember(both, key);

        Assert.Equal(key, known.Find(new ServerAddress("one", 7117, null)));
        Assert.Equal(key, known.Find(new ServerAddress("two", 7118, null)));
        Assert.Equal(key, known.Find(others)); // who has its key at one place is it
        Assert.Null(known.Find(new ServerAddress("three", 7117, null)));
    }

    [Fact]
    public void Find_PlacesThatHadDifferentKeys_AreNotOneServer()
    {
        var known = new KnownServers(State);
        known.Remember(new ServerAddress("one", 7117, null), NewKey());
        known.Remember(new ServerAddress("two", 7117, null), NewKey());
        Assert.True(ServerAddress.TryParse("one,two", out var both));

        Assert.Equal(VaultErrorCode.ServerKeyChanged, Assert.Throws<VaultException>(() => known.Find(both)).Code);
    }

    [Fact]
    public void Find_CommentsAndEmptyLines_AreNoServers()
    {
        var key = NewKey();
        Directory.CreateDirectory(State);
        File.WriteAllText(ListPath, $"# mine\n\nhost:7117 {key}\n");

        Assert.Equal(key, new KnownServers(State).Find(new ServerAddress("host", 7117, null)));
    }

    [Theory]
    [InlineData("host:7117")]
    [InlineData("host:7117 vaultserver1qqqq")]
    [InlineData("host:7117  two spaces")]
    [InlineData("\u0000\u0000\u0000")]
    public void FindAndRemember_DamagedLine_IsReportedWithItsNumberAndKept(string damaged)
    {
        Directory.CreateDirectory(State);
        var text = $"first:7117 {NewKey()}\n{damaged}\nlast:7117 {NewKey()}\n";
        File.WriteAllText(ListPath, text);
        var known = new KnownServers(State);

        foreach (var use in new Action[]
        {
            () => known.Find(new ServerAddress("first", 7117, null)),
            () => known.Remember(new ServerAddress("new", 7117, null), NewKey()),
        })
        {
            var error = Assert.Throws<VaultException>(use);
            Assert.Contains(ListPath, error.Message, StringComparison.Ordinal);
            Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(error.Message, char.IsControl);
        }

        Assert.Equal(text, File.ReadAllText(ListPath));
    }

    [SkippableFact]
    public void Remember_OnUnix_IsForTheOwnerOnly()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes.");
        new KnownServers(State).Remember(new ServerAddress("host", 7117, null), NewKey());

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, new DirectoryInfo(State).UnixFileMode);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(ListPath).UnixFileMode);
    }

    [Fact]
    public void Find_ListThatCannotBeRead_IsNoNewServer()
    {
        Directory.CreateDirectory(ListPath); // a folder in its place: nobody can read that, not even root

        var error = Record.Exception(() => new KnownServers(State).Find(new ServerAddress("host", 7117, null)));

        Assert.True(error is IOException or UnauthorizedAccessException or VaultException, $"{error}");
    }

    private static ServerKey NewKey() => ServerKey.FromBytes(RandomNumberGenerator.GetBytes(32));
}
