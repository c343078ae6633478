using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Vault.Gateway.Hosting;
using Vault.Tests.Support;
using YamlDotNet.RepresentationModel;
using static Vault.Cluster.Tests.Deploy.DeployFile;

namespace Vault.Cluster.Tests.Deploy;

/// <summary>The files that operators start from: they parse, hang together, and every setting in them exists.</summary>
public sealed partial class DeployFilesTests
{
    [Fact]
    public void Kubernetes_Manifests_HangTogether()
    {
        var documents = Load("kubernetes/vault.yaml");

        Assert.Equal(
            ["ConfigMap", "Deployment", "NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget", "PodDisruptionBudget", "Service", "Service", "StatefulSet"],
            documents.Select(document => Text(document, "kind")).Order(StringComparer.Ordinal));
        Assert.All(documents, document => Assert.Contains('/' + Text(document, "apiVersion"), "/v1 /apps/v1 /policy/v1 /networking.k8s.io/v1", StringComparison.Ordinal));
        foreach (var workload in documents.Where(document => Text(document, "kind") is "StatefulSet" or "Deployment"))
        {
            var pod = Map(workload, "spec", "template", "spec");
            var container = (YamlMappingNode)((YamlSequenceNode)pod["containers"]).Single();
            var ports = ((YamlSequenceNode)container["ports"]).Select(port => Text(port, "name")).ToArray();
            foreach (var probe in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
            {
                var get = Map(container, probe, "httpGet");
                Assert.Contains(Text(get, "port"), ports);
                Assert.StartsWith("/health/", Text(get, "path"), StringComparison.Ordinal);
            }

            Assert.Equal(Map(workload, "spec", "selector", "matchLabels").ToString(), Matched(workload).ToString());
            var volumes = ((YamlSequenceNode)pod["volumes"]).Select(volume => Text(volume, "name")).ToArray();
            Assert.All((YamlSequenceNode)container["volumeMounts"], mount => Assert.Contains(Text(mount, "name"), volumes));
            Assert.Equal("0440", Text(Map(((YamlSequenceNode)pod["volumes"])[0], "secret"), "defaultMode")); // the one mode that key files may have there
        }

        YamlNode Matched(YamlNode workload) => new YamlMappingNode(
            "app.kubernetes.io/name", Text(Map(workload, "spec", "template", "metadata", "labels"), "app.kubernetes.io/name"));
    }

    [Fact]
    public void Compose_Services_UseWhatIsDefined()
    {
        var compose = (YamlMappingNode)Load("compose.yaml").Single();
        var services = Map(compose, "services");

        Assert.Equal(
            ["azurite", "gateway-1", "gateway-2", "redis", "silo-1", "silo-2", "silo-3"], Names(services));
        foreach (var (_, service) in services.Children)
        {
            var whole = Merged((YamlMappingNode)service);
            Assert.NotEmpty(whole["image"].ToString());
            Assert.Subset(Names(Map(compose, "networks")).ToHashSet(), Items(whole, "networks"));
            Assert.Subset(Names(Map(compose, "secrets")).ToHashSet(), Items(whole, "secrets"));
            Assert.Subset(Names(services).ToHashSet(), Items(whole, "depends_on"));
        }

        var silo = Merged((YamlMappingNode)services["silo-1"]);
        Assert.Equal(["cluster", "outside"], Items(silo, "networks").Order()); // no client comes in, and mail and a storage account are reached
        Assert.DoesNotContain("ports", Names(silo));
        Assert.Equal("true", Text(Map(compose, "networks", "cluster"), "internal"));
        Assert.DoesNotContain("internal", Names(Map(compose, "networks", "outside")));
        Assert.All(
            services.Children.Values, service => Assert.Equal("unless-stopped", Text(Merged((YamlMappingNode)service), "restart"))); // and with the engine
        Assert.Equal(["content", "gateway.key", "redis-password"], Items(Merged((YamlMappingNode)services["gateway-1"]), "secrets").Order()); // no silo's
        foreach (var service in Names(services).Where(name => name.StartsWith("silo", StringComparison.Ordinal) || name.StartsWith("gateway", StringComparison.Ordinal)))
        {
            var whole = Merged((YamlMappingNode)services[service]);
            Assert.Equal("true", Text(whole, "read_only"));
            Assert.Equal(["ALL"], Items(whole, "cap_drop"));
        }

        var ignored = File.ReadAllLines(Path.Combine(Repository.Root, ".gitignore"));
        Assert.All(Map(compose, "secrets").Children.Values, secret => Assert.Contains($"deploy/{Path.GetDirectoryName(Text(secret, "file")[2..])}/", ignored));
    }

    [SkippableFact]
    public async Task Compose_Redis_GetsItsPasswordWhereNobodyReadsIt()
    {
        Skip.IfNot(File.Exists("/bin/sh"), "There is no shell.");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("password"), "the+password/=\n");
        // In Redis' place: says what it was given, and where.
        await File.WriteAllTextAsync(folder.File("redis-server"), "#!/bin/sh\necho \"arguments: $*\"; cat; tr '\\0' ' ' < /proc/$$/cmdline\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.File("redis-server"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var command = (YamlSequenceNode)Map(Load("compose.yaml").Single(), "services", "redis")["command"];
        var script = command.Children[^1].ToString().Replace("$$", "$", StringComparison.Ordinal) // as compose does
            .Replace("/run/secrets/redis-password", folder.File("password"), StringComparison.Ordinal);
        var start = new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{folder.Path}:{start.Environment["PATH"]}";
        using var redis = Process.Start(start)!; // it is there
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var lines = (await redis.StandardOutput.ReadToEndAsync(patience.Token)).Split('\n');

        Assert.Equal(["sh", "-c"], command.Take(2).Select(word => word.ToString()));
        Assert.Equal(["arguments: -", "appendonly yes", "requirepass the+password/="], lines[..3]);
        Assert.DoesNotContain(lines[3..], line => line.Contains("password/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("compose.yaml")]
    [InlineData("kubernetes/vault.yaml")]
    [InlineData("systemd/silo.env")]
    [InlineData("systemd/gateway.env")]
    public void Settings_InTheFile_Exist(string file)
    {
        Type[] options =
        [
            typeof(Vault.Gateway.GatewayOptions), typeof(Vault.Gateway.GatewayProcessOptions),
            typeof(Vault.Silo.VaultServer).Assembly.GetType("Vault.Silo.SiloOptions", throwOnError: true)!, // or it throws
        ];
        var names = Setting().Matches(File.ReadAllText(PathOf(file))).Select(match => match.Groups[1].Value).Distinct().ToArray();

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.True(
            options.Any(type => Exists(type, name.Split("__"))) || name == "Logs"
            || (name.StartsWith("Storage__", StringComparison.Ordinal) && Exists(typeof(StorageSettings), name.Split("__").AsSpan(1))),
            $"{file} sets Vault__{name}, which nothing reads."));
    }

    [SkippableTheory]
    [InlineData("vault.service")]
    [InlineData("vault-silo.service")]
    [InlineData("vault-gateway.service")]
    public void Systemd_Unit_IsOne(string unit)
    {
        Skip.IfNot(File.Exists("/usr/bin/systemd-analyze"), "systemd is not installed.");
        using var folder = new TemporaryFolder();
        // The programs are not installed here: what is checked is the unit.
        var text = File.ReadAllText(PathOf("systemd", unit)).Replace("/usr/bin/dotnet", "/bin/true", StringComparison.Ordinal);
        File.WriteAllText(folder.File(unit), text);
        using var verify = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", folder.File(unit)])
        {
            RedirectStandardError = true,
        })!; // it is there
        var errors = verify.StandardError.ReadToEnd();
        Assert.True(verify.WaitForExit(TimeSpan.FromMinutes(1)), "systemd-analyze does not end.");

        Assert.DoesNotContain(unit, errors, StringComparison.Ordinal);
        Assert.Equal(0, verify.ExitCode);
    }

    [GeneratedRegex("Vault__([A-Za-z_]+[A-Za-z])")]
    private static partial Regex Setting();

    private static bool Exists(Type type, ReadOnlySpan<string> path) =>
        type.GetProperty(path[0], BindingFlags.Public | BindingFlags.Instance) is { CanWrite: true } property
        && (path.Length == 1 || Exists(property.PropertyType, path[1..]));
}
