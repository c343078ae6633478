using System.Security.Cryptography;
using Vault.Protocol;
using static Vault.Client.Tests.LyingServer.LyingVault;

namespace Vault.Client.Tests.LyingServer;

/// <summary>A server that does not say, or not truly, what it has stored.</summary>
public sealed class ReceiptTests : IClassFixture<LyingVault>
{
    private const int Small = 1_000, Large = 3_000_000; // in one request, and in parts

    private static readonly byte[] Hash = SHA256.HashData("another"u8);

    private static readonly Dictionary<string, Func<Receipt, Receipt>> Lies = new()
    {
        ["another file"] = receipt => receipt with { File = FileId.New() },
        ["the version before"] = receipt => receipt with { Version = receipt.Version - 1 },
        ["the version after"] = receipt => receipt with { Version = receipt.Version + 1 },
        ["another manifest"] = receipt => receipt with { ManifestHash = Hash },
        ["a manifest hash cut short"] = receipt => receipt with { ManifestHash = receipt.ManifestHash[..31] },
        ["no manifest hash"] = receipt => receipt with { ManifestHash = [] },
        ["other parts"] = receipt => receipt with { PartList = Hash },
        ["a part list with a bit changed"] = receipt => receipt with { PartList = Flip(receipt.PartList, ^1) },
        ["no part list"] = receipt => receipt with { PartList = [] },
        ["stream version 0"] = receipt => receipt with { StreamVersion = 0 },
        ["a negative stream version"] = receipt => receipt with { StreamVersion = -1 },
        ["a line hash cut short"] = receipt => receipt with { LineHash = receipt.LineHash[..63] },
        ["no line hash"] = receipt => receipt with { LineHash = "" },
        ["a line hash that is none"] = receipt => receipt with { LineHash = new string('z', 64) },
    };

    private static readonly Dictionary<string, SendTarget> ImpossibleTargets = new()
    {
        ["version 0"] = new SendTarget(FileId.New(), 0, null),
        ["a negative version"] = new SendTarget(FileId.New(), -1, Hash),
        ["a second version after nothing"] = new SendTarget(FileId.New(), 2, null),
        ["a first version after another"] = new SendTarget(FileId.New(), 1, Hash),
        ["a manifest hash of no length"] = new SendTarget(FileId.New(), 2, []),
        ["a manifest hash too long"] = new SendTarget(FileId.New(), 2, [.. Hash, 0]),
    };

    private readonly LyingVault _vault;

    public ReceiptTests(LyingVault vault)
    {
        _vault = vault;
        _vault.Liar.BeHonest();
    }

    public static TheoryData<string, int> ReceiptLies
    {
        get
        {
            var lies = new TheoryData<string, int>();
            foreach (var lie in Lies.Keys)
            {
                lies.Add(lie, Small);
                lies.Add(lie, Large);
            }

            return lies;
        }
    }

    public static TheoryData<string> TargetLies => [.. ImpossibleTargets.Keys];

    [Theory]
    [MemberData(nameof(ReceiptLies))]
    public async Task Send_ForgedReceipt_IsNoSuccess(string lie, int length)
    {
        _vault.Liar.Alter("/commit", ProtocolJson.Default.Receipt, Lies[lie]);
        _vault.Liar.Alter(Routes.SendBatch, ProtocolJson.Default.SendBatchReply, reply => new SendBatchReply(
            [.. reply.Items.Select(item => item with { Receipt = item.Receipt is { } receipt ? Lies[lie](receipt) : null })]));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => SendAsync(length));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("\"stored\"")]
    [InlineData("{\"status\":\"stored\"}")]
    public async Task Send_StoredWithoutAReceipt_IsNoSuccess(string answer)
    {
        foreach (var (route, length) in new[] { ("/commit", Large), (Routes.SendBatch, Small) })
        {
            _vault.Liar.AlterBytes(route, (_, _) => System.Text.Encoding.UTF8.GetBytes(answer));
            await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => SendAsync(length));
        }
    }

    [Fact]
    public async Task Send_NeitherReceiptNorProblem_IsNoSuccess()
    {
        _vault.Liar.Alter(Routes.SendBatch, ProtocolJson.Default.SendBatchReply, reply => new SendBatchReply(
            [.. reply.Items.Select(item => item with { Receipt = null, Problem = null })]));

        await _vault.AssertRefusedAsync(VaultErrorCode.ServerBusy, () => SendAsync(Small));
    }

    [Theory]
    [InlineData("another send")]
    [InlineData("no answer")]
    [InlineData("two answers")]
    [InlineData("null")]
    public async Task Send_BatchAnswersThatDoNotFit_AreNoSuccess(string lie)
    {
        _vault.Liar.Alter(Routes.SendBatch, ProtocolJson.Default.SendBatchReply, reply => new SendBatchReply(lie switch
        {
            "another send" => [.. reply.Items.Select(item => item with { Upload = UploadId.New() })],
            "no answer" => [],
            "two answers" => [.. reply.Items, .. reply.Items],
            _ => [null!], // what a server can write all the same
        }));

        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => SendAsync(Small));
    }

    [Fact]
    public async Task SendMany_AnswersInAnotherOrder_AreNoSuccessForAny()
    {
        var items = Enumerable.Range(0, 3).Select(number => new SendItem(_vault.Honest.Write($"many-{number}", [(byte)number]), $"many-{number}"));
        _vault.Liar.Alter(Routes.SendBatch, ProtocolJson.Default.SendBatchReply, reply => new SendBatchReply([.. reply.Items.Reverse()]));

        var results = new List<SendResult>();
        await foreach (var result in _vault.Session.SendManyAsync(items, null, null, default))
        {
            results.Add(result);
        }

        Assert.Equal(3, results.Count);
        Assert.All(results, result => Assert.Equal(VaultErrorCode.IntegrityFailed, Assert.IsType<VaultException>(result.Error).Code));
        Assert.All(results, result => Assert.Null(result.File));
    }

    [Theory]
    [MemberData(nameof(TargetLies))]
    public async Task Send_AskedToSignWhatCannotBe_SignsNothing(string lie)
    {
        var commits = 0;
        _vault.Liar.OnSend("/commit", _ => commits++);
        _vault.Liar.Alter(Routes.Sends, ProtocolJson.Default.SendTarget, _ => ImpossibleTargets[lie]);
        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => SendAsync(Large));

        _vault.Liar.OnSend("/commit", _ => commits++);
        _vault.Liar.Alter(Routes.SendBatch, ProtocolJson.Default.SendBatchReply, reply => new SendBatchReply(
            [.. reply.Items.Select(item => item with { Receipt = null, Problem = new Problem(ErrorCode.Conflict, "", Target: ImpossibleTargets[lie]) })]));
        await _vault.AssertRefusedAsync(VaultErrorCode.IntegrityFailed, () => SendAsync(Small));
        Assert.Equal(0, commits);
    }

    [Fact]
    public async Task Send_AnotherSendIsAlwaysFirst_EndsAsAConflict()
    {
        _vault.Liar.Answer("/commit", _ => Replies.Problem(ErrorCode.Conflict, new SendTarget(FileId.New(), 2, Hash)));

        await _vault.AssertRefusedAsync(VaultErrorCode.Conflict, () => SendAsync(Large));
    }

    private Task<VaultFile> SendAsync(int length) => _vault.SendAsync("sent.bin", RandomNumberGenerator.GetBytes(length));
}
