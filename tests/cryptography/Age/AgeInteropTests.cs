using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Vault.Cryptography.Age;
using Vault.Tests.Support;

namespace Vault.Cryptography.Tests.Age;

/// <summary>
/// Files go both ways between this project and two others' age: npm <c>age-encryption</c> and the <c>age</c> command.
/// </summary>
public sealed class AgeInteropTests
{
    private const string Passphrase = "correct horse battery st\u00e4ple";
    private const int LowLogN = 10;

    public static TheoryData<string, int> KindsAndLengths
    {
        get
        {
            var rows = new TheoryData<string, int>();
            foreach (var kind in new[] { "x25519", "hybrid", "scrypt" })
            {
                foreach (var length in new[] { 0, 1, 65536, 65537, 200_000 })
                {
                    rows.Add(kind, length);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public async Task AgeEncryption_ReadsWhatThisWrites(string kind, int length)
    {
        using var keys = new Keys(kind);
        var plaintext = AgeTestData.Pattern(length);

        var decrypted = await PeerAsync(new
        {
            op = "decrypt",
            identity = keys.IdentityText,
            passphrase = keys.Passphrase,
            data = AgeTestData.Encrypt(plaintext, keys.Recipient),
        });

        Assert.Equal(plaintext, decrypted);
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public async Task AgeEncryption_WritesWhatThisReads(string kind, int length)
    {
        using var keys = new Keys(kind);
        var plaintext = AgeTestData.Pattern(length);

        var file = await PeerAsync(new
        {
            op = "encrypt",
            recipient = keys.RecipientText,
            passphrase = keys.Passphrase,
            logN = LowLogN,
            data = plaintext,
        });

        Assert.Equal(plaintext, AgeTestData.Decrypt(file, keys.Identity));
    }

    [Fact]
    public async Task AgeEncryption_ReadsAFileWithANewHeader()
    {
        using var owner = new Keys("scrypt");
        using var recipient = new Keys("hybrid");
        var plaintext = AgeTestData.Pattern(70_000);
        var file = AgeTestData.Encrypt(plaintext, owner.Recipient);
        Assert.True(AgeHeader.TryMeasure(file, out var length));

        var header = AgeHeader.ReHead(file.AsSpan(0, length), [owner.Identity], [recipient.Recipient]);
        byte[] shared = [.. header, .. file[length..]];
        var decrypted = await PeerAsync(new { op = "decrypt", identity = recipient.IdentityText, data = shared });

        Assert.Equal(plaintext, decrypted);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65536)]
    [InlineData(200_000)]
    public async Task AgeCommand_X25519_GoesBothWays(int length)
    {
        RequireCommand("age");
        using var keys = new Keys("x25519");
        using var folder = new TemporaryFolder();
        var plaintext = AgeTestData.Pattern(length);
        var identityFile = folder.Write("identity.txt", Encoding.ASCII.GetBytes(keys.IdentityText + "\n"));
        var ours = folder.Write("ours.age", AgeTestData.Encrypt(plaintext, keys.Recipient));
        var source = folder.Write("plain", plaintext);

        var decrypted = await RunAsync("age", "-d", "-i", identityFile, ours);
        var theirs = await RunAsync("age", "-r", keys.RecipientText!, source);
        var armored = await RunAsync("age", "-a", "-r", keys.RecipientText!, source);

        // With -o the command makes no file for an empty plaintext, so its standard output is what counts.
        Assert.Equal(plaintext, decrypted);
        Assert.Equal(plaintext, AgeTestData.Decrypt(theirs, keys.Identity));
        using var unarmored = new MemoryStream();
        await AgeFile.DecryptAsync(new ArmorReader(new MemoryStream(armored)), unarmored, [keys.Identity]);
        Assert.Equal(plaintext, unarmored.ToArray());
    }

    [SkippableFact]
    public async Task AgeCommand_Scrypt_GoesBothWays()
    {
        RequireCommand("age");
        RequireCommand("expect");
        using var keys = new Keys("scrypt");
        using var folder = new TemporaryFolder();
        var plaintext = AgeTestData.Pattern(100_000);
        var ours = folder.Write("ours.age", AgeTestData.Encrypt(plaintext, keys.Recipient));
        var source = folder.Write("plain", plaintext);

        // The command takes a passphrase from a terminal only.
        await ExpectAsync(folder, "age", "-d", "-o", folder.PathOf("decrypted"), ours);
        await ExpectAsync(folder, "age", "-p", "-o", folder.PathOf("theirs.age"), source);

        Assert.Equal(plaintext, await File.ReadAllBytesAsync(folder.PathOf("decrypted")));
        var theirs = await File.ReadAllBytesAsync(folder.PathOf("theirs.age"));
        Assert.Equal(plaintext, AgeTestData.Decrypt(theirs, keys.Identity));
    }

    private static async Task<byte[]> PeerAsync(object request) =>
        Convert.FromBase64String(await Peers.RunAsync("age-crypt.mjs", JsonSerializer.Serialize(request, IgnoreNulls)));

    private static readonly JsonSerializerOptions IgnoreNulls =
        new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private static void RequireCommand(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var isThere = folders.Any(folder => File.Exists(Path.Combine(folder, name)));
        Skip.IfNot(isThere, $"The command {name} is not on the PATH.");
    }

    private static async Task ExpectAsync(TemporaryFolder folder, params string[] command)
    {
        var script = folder.Write("answer.exp", Encoding.UTF8.GetBytes("""
            set timeout 120
            spawn -noecho {*}$argv
            expect {
              -re "passphrase\[^:\]*:" { send "$env(AGE_TEST_PASSPHRASE)\r"; exp_continue }
              timeout { exit 99 }
              eof
            }
            catch wait result
            exit [lindex $result 3]
            """));
        await RunAsync("expect", ["-f", script, "--", .. command]);
    }

    private static async Task<byte[]> RunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AGE_TEST_PASSPHRASE"] = Passphrase;
        using var process = Process.Start(start)!; // Null only for a shell's document, which this is not.
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}: {await errors}");
        return output.ToArray();
    }

    private sealed class Keys : IDisposable
    {
        internal Keys(string kind)
        {
            switch (kind)
            {
                case "x25519":
                    var x25519 = X25519Identity.Generate();
                    using (var text = x25519.Export())
                    {
                        IdentityText = AgeTestData.Text(text);
                    }

                    (Identity, Recipient) = (x25519, x25519.Recipient());
                    RecipientText = Recipient.ToString();
                    break;
                case "hybrid":
                    var hybrid = HybridIdentity.Generate();
                    using (var text = hybrid.Export())
                    {
                        IdentityText = AgeTestData.Text(text);
                    }

                    (Identity, Recipient) = (hybrid, hybrid.Recipient());
                    RecipientText = Recipient.ToString();
                    break;
                default:
                    Passphrase = AgeInteropTests.Passphrase;
                    var bytes = Encoding.UTF8.GetBytes(Passphrase);
                    (Identity, Recipient) = (new ScryptIdentity(bytes), new ScryptRecipient(bytes, LowLogN));
                    break;
            }
        }

        internal AgeIdentity Identity { get; }

        internal AgeRecipient Recipient { get; }

        internal string? IdentityText { get; }

        internal string? RecipientText { get; }

        internal string? Passphrase { get; }

        public void Dispose()
        {
            Identity.Dispose();
            (Recipient as IDisposable)?.Dispose();
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vault-age-");

        public void Dispose() => _folder.Delete(recursive: true);

        internal string PathOf(string name) => Path.Combine(_folder.FullName, name);

        internal string Write(string name, byte[] content)
        {
            File.WriteAllBytes(PathOf(name), content);
            return PathOf(name);
        }
    }
}
