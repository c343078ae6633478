using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Vault.Client;
using Vault.Tests.Server;
using Vault.Tests.Support;
using YamlDotNet.RepresentationModel;
using static Vault.Cluster.Tests.Deploy.DeployFile;

namespace Vault.Cluster.Tests.Deploy;

/// <summary>The container images: what is in them, how they are started, and that what is in them suffices to serve.</summary>
public sealed class ImageTests(BuiltImages images) : IClassFixture<BuiltImages>
{
    // The user "app" of Microsoft's base images.
    private const string User = "1654";

    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    [SkippableFact]
    public void Configuration_OfBoth_StartsTheProgramAsAUserOfItsOwn()
    {
        RequireImages();

        foreach (var (image, program) in new[] { (images.Silo, "Vault.Silo.dll"), (images.Gateway, "Vault.Gateway.dll") })
        {
            Assert.Equal(User, image.Config.GetProperty("User").GetString());
            Assert.Equal(["dotnet", $"/app/{program}"], image.Strings("Entrypoint"));
            Assert.Equal("/app/", image.Config.GetProperty("WorkingDir").GetString());
            Assert.Equal("", image.Environment["ASPNETCORE_HTTP_PORTS"]); // or the base image's 8080 is announced and warned of
            Assert.Equal("0.0.0.0:7117", image.Environment["Vault__Listen"]);
            Assert.Equal(image.Name.Split(':')[1], image.Config.GetProperty("Labels").GetProperty("org.opencontainers.image.version").GetString());
        }

        Assert.Equal(["11111/tcp", "30000/tcp", "7117/tcp", "7118/tcp"], images.Silo.Ports);
        Assert.Equal(["7117/tcp", "7118/tcp"], images.Gateway.Ports);
        Assert.StartsWith("/home/app/", images.Silo.Environment["Vault__Data"], StringComparison.Ordinal); // what the user may write to
    }

    [SkippableFact]
    public void Files_OfBoth_AreTheProgramsAloneAndNobodyMayChangeThem()
    {
        RequireImages();

        foreach (var image in new[] { images.Silo, images.Gateway })
        {
            Assert.All(image.Entries, entry => Assert.True(
                entry is { Uid: 0, Gid: 0 } && (entry.Mode & OthersWrite) == 0 && entry.Mode.HasFlag(UnixFileMode.OtherRead), $"{entry.Name}: {entry.Mode}"));
            var files = image.Entries.Select(entry => entry.Name.TrimEnd('/')).ToArray();
            Assert.All(files, file => Assert.True(file == "app" || file.StartsWith("app/", StringComparison.Ordinal), file));
            Assert.Equal([Libsodium()], files.Where(file => file.Contains("libsodium", StringComparison.Ordinal)));
            Assert.DoesNotContain(files, IsNoPartOfAProgram);
            Assert.InRange(image.Length, 1, 32 << 20);
        }

        static bool IsNoPartOfAProgram(string file) => Path.GetExtension(file) is ".key" or ".xml" or ".eml" or ".sh" or ".cs"
            || file.Contains("vault-data", StringComparison.Ordinal) || file.Contains("PowerShell", StringComparison.Ordinal)
            || file.Contains("Development", StringComparison.Ordinal) || file.Contains("xunit", StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Programs_FromTheImages_ServeAndDrain()
    {
        RequireImages();
        Skip.IfNot(OperatingSystem.IsLinux(), "What is in the images runs on Linux.");
        using var folder = new TemporaryFolder();
        ClusterKeys.Make(folder.File("data"));
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        await using var silo = await ServerProgram.StartFromAsync(
            images.InSilo("app/Vault.Silo.dll"), hasGateway: false, Variables(images.Silo),
            "--role", "silo", "--data", folder.File("data"), "--gateway-port", port);
        await using var gateway = await ServerProgram.StartFromAsync(
            images.InGateway("app/Vault.Gateway.dll"), hasGateway: true, Variables(images.Gateway),
            "--data", folder.File("data", "content"), "--keys", folder.File("data", "gateway.key"), "--silo", $"127.0.0.1:{port}", "--listen", "127.0.0.1:0");
        var content = RandomNumberGenerator.GetBytes(1_000_000);
        await File.WriteAllBytesAsync(folder.File("source"), content);
        using var password = RunningVault.Secret(RunningVault.Password);
        await using (var account = await VaultAccount.CreateAsync(
            gateway.Address, "ada@example.org", password, new ConnectOptions { StateFolder = folder.File("state") }, default))
        {
            var file = await account.Session.SendAsync(folder.File("source"), "source", null, null, default);
            await account.Session.ReceiveAsync(file, folder.File("target"), null, null, default);
        }

        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        foreach (var program in new[] { silo, gateway })
        {
            foreach (var health in new[] { "/health/live", "/health/ready" })
            {
                using var answer = await http.GetAsync(new Uri(program.Operations, health));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }

        Assert.Equal(content, await File.ReadAllBytesAsync(folder.File("target")));
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Equal(0, await silo.StopAsync());
        Assert.Equal("", await gateway.Errors + await silo.Errors); // nor any warning of Kestrel's
    }

    [SkippableFact]
    public void Compose_NamesTheImagesAsTheyAre()
    {
        RequireImages();
        var services = Map(Load("compose.yaml").Single(), "services");

        foreach (var (service, image) in new[] { ("silo-1", images.Silo), ("silo-2", images.Silo), ("silo-3", images.Silo), ("gateway-1", images.Gateway), ("gateway-2", images.Gateway) })
        {
            var whole = Merged(Map(services, service));
            Assert.Equal(image.Name, Text(whole, "image"));
            Assert.All(Items(whole, "ports"), port => Assert.Contains($"{port.Split(':')[1]}/tcp", image.Ports));
            var written = Items(whole, "tmpfs");
            AssertWritable(Merged((YamlMappingNode)whole["environment"]), image, path => written.Any(folder => IsIn(path, folder)));
        }
    }

    [SkippableFact]
    public void Kubernetes_NamesTheImagesAsTheyAre()
    {
        RequireImages();

        foreach (var workload in Load("kubernetes/vault.yaml").Where(document => Text(document, "kind") is "StatefulSet" or "Deployment"))
        {
            var pod = Map(workload, "spec", "template", "spec");
            var container = (YamlMappingNode)((YamlSequenceNode)pod["containers"]).Single();
            var image = new[] { images.Silo, images.Gateway }.Single(image => image.Name == Text(container, "image"));
            Assert.Equal(User, Text(Map(pod, "securityContext"), "runAsUser"));
            Assert.Equal(User, Text(Map(pod, "securityContext"), "fsGroup")); // as whose group it reads its secrets
            Assert.All((YamlSequenceNode)container["ports"], port => Assert.Contains($"{Text(port, "containerPort")}/tcp", image.Ports));
            var environment = new YamlMappingNode(((YamlSequenceNode)container["env"])
                .Where(variable => ((YamlMappingNode)variable).Children.ContainsKey("value"))
                .SelectMany(variable => new YamlNode[] { Text(variable, "name"), Text(variable, "value") }));
            var written = ((YamlSequenceNode)container["volumeMounts"])
                .Where(mount => !((YamlMappingNode)mount).Children.ContainsKey("readOnly"))
                .Select(mount => Text(mount, "mountPath")).ToArray();
            AssertWritable(environment, image, path => written.Any(folder => IsIn(path, folder)));
        }
    }

    // The root file system is read-only there: a silo's data folder has to be on something else.
    private static void AssertWritable(YamlMappingNode environment, ImageArchive image, Predicate<string> isWritable)
    {
        if (image.Environment.TryGetValue("Vault__Data", out var folder))
        {
            folder = environment.Children.TryGetValue("Vault__Data", out var other) ? other.ToString() : folder;
            Assert.True(isWritable(folder), $"{image.Name} cannot write to {folder}.");
        }
    }

    private static bool IsIn(string path, string folder) => path.StartsWith($"{folder}/", StringComparison.Ordinal);

    private static void RequireImages() => Skip.If(OperatingSystem.IsWindows(), "deploy/images.sh is for bash.");

    // What an image sets, apart from where programs are found.
    private static Dictionary<string, string> Variables(ImageArchive image) =>
        image.Environment.Where(variable => variable.Key != "PATH").ToDictionary();

    private static string Libsodium() =>
        $"app/runtimes/linux-{(RuntimeInformation.OSArchitecture == Architecture.X64 ? "x64" : "arm64")}/native/libsodium.so";
}
