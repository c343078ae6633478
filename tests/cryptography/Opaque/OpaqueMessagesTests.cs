using FsCheck;
using FsCheck.Fluent;
using Vault.Cryptography.Opaque;

namespace Vault.Cryptography.Tests.Opaque;

/// <summary>Every message through the entry point that a peer reaches it by.</summary>
public sealed class OpaqueMessagesTests
{
    /// <summary>Message and offset of each group element in it.</summary>
    public static TheoryData<string, int> Elements => new()
    {
        { "registration request", 0 },
        { "registration response", 0 },
        { "registration response", 32 },
        { "record", 0 },
        { "stored record", 0 },
        { "KE1", 0 },
        { "KE1", 64 },
        { "KE2", 0 },
        { "KE2", 224 },
    };

    public static TheoryData<string> Messages =>
        ["registration request", "registration response", "record", "stored record", "KE1", "KE2"];

    [Theory]
    [MemberData(nameof(Elements))]
    public async Task Read_InvalidElement_IsRefused(string message, int offset)
    {
        string[] encodings =
        [
            new('0', 64), // the identity
            "01" + new string('0', 62), // negative
            "ed" + string.Concat(Enumerable.Repeat("ff", 30)) + "7f", // the field's prime: zero, not reduced
            "ef" + string.Concat(Enumerable.Repeat("ff", 30)) + "7f", // two, not reduced
            string.Concat(Enumerable.Repeat("ff", 32)), // high bit set
            "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371", // RFC 9496 A.3: no square root
        ];
        using var account = await OpaqueAccount.RegisterAsync();
        foreach (var encoding in encodings)
        {
            var bytes = Valid(account, message);
            Convert.FromHexString(encoding).CopyTo(bytes.AsSpan(offset));

            await AssertMalformedAsync(account, message, bytes);
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Read_WrongLength_IsRefused(string message)
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var valid = Valid(account, message);

        await AssertMalformedAsync(account, message, []);
        await AssertMalformedAsync(account, message, valid[..^1]);
        await AssertMalformedAsync(account, message, valid[1..]);
        await AssertMalformedAsync(account, message, [.. valid, 0]);
        await AssertMalformedAsync(account, message, [.. valid, .. valid]);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Read_Valid_IsAccepted(string message)
    {
        using var account = await OpaqueAccount.RegisterAsync();

        Assert.Null(await OutcomeAsync(account, message, Valid(account, message)));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Read_RandomBytes_NeverFailsInAnotherWay(string message)
    {
        using var account = await OpaqueAccount.RegisterAsync();

        Prop.ForAll<byte[]>(bytes => OnlyRefuses(account, message, bytes)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Read_ValidBytesWithAChange_NeverFailsInAnotherWay(string message)
    {
        using var account = await OpaqueAccount.RegisterAsync();
        var changes =
            from position in Gen.Choose(0, int.MaxValue)
            from mask in Gen.Choose(1, byte.MaxValue)
            select (Position: position, Mask: (byte)mask);

        Prop.ForAll(
            changes.ToArbitrary(),
            change =>
            {
                var bytes = Valid(account, message);
                bytes[change.Position % bytes.Length] ^= change.Mask;
                return OnlyRefuses(account, message, bytes);
            }).QuickCheckThrowOnFailure();
    }

    private static byte[] Valid(OpaqueAccount account, string message)
    {
        switch (message)
        {
            case "registration request":
                {
                    var (state, request) = OpaqueAccount.Client.StartRegistration(OpaqueAccount.Password);
                    state.Dispose();
                    return request;
                }

            case "registration response":
                return account.Server.CreateRegistrationResponse(
                    Valid(account, "registration request"), OpaqueAccount.Identifier);
            case "record" or "stored record":
                return [.. account.Record];
            case "KE1":
                {
                    var (state, ke1) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
                    state.Dispose();
                    return ke1;
                }

            default:
                {
                    var (ke2, state) = account.Server.GenerateKe2(
                        Valid(account, "KE1"), account.Record, OpaqueAccount.Identifier, OpaqueAccount.Context);
                    state.Dispose();
                    return ke2;
                }
        }
    }

    /// <summary>Hands the message to whoever reads it; null if it was read, else why it was not.</summary>
    private static async Task<CryptographyError?> OutcomeAsync(OpaqueAccount account, string message, byte[] bytes)
    {
        try
        {
            await ReadAsync(account, message, bytes);
            return null;
        }
        catch (CryptographyException error)
        {
            // A KE2 that reads well belongs to another KE1 here, so its reader finds it false only after reading it.
            return error.Reason == CryptographyError.NotAuthentic ? null : error.Reason;
        }
    }

    private static async Task ReadAsync(OpaqueAccount account, string message, byte[] bytes)
    {
        switch (message)
        {
            case "registration request":
                account.Server.CreateRegistrationResponse(bytes, OpaqueAccount.Identifier);
                break;
            case "registration response":
                {
                    var (state, _) = OpaqueAccount.Client.StartRegistration(OpaqueAccount.Password);
                    (await OpaqueAccount.Client.FinishRegistrationAsync(state, bytes)).Dispose();
                    break;
                }

            case "record":
                OpaqueServer.ValidateRecord(bytes);
                break;
            case "stored record":
                account.Server.GenerateKe2(
                    Valid(account, "KE1"), bytes, OpaqueAccount.Identifier, OpaqueAccount.Context).State.Dispose();
                break;
            case "KE1":
                account.Server.GenerateKe2(
                    bytes, account.Record, OpaqueAccount.Identifier, OpaqueAccount.Context).State.Dispose();
                break;
            default:
                {
                    var (state, _) = OpaqueAccount.Client.StartLogin(OpaqueAccount.Password);
                    (await OpaqueAccount.Client.FinishLoginAsync(state, bytes, OpaqueAccount.Context)).Dispose();
                    break;
                }
        }
    }

    private static async Task AssertMalformedAsync(OpaqueAccount account, string message, byte[] bytes) =>
        Assert.Equal(CryptographyError.InvalidEncoding, await OutcomeAsync(account, message, bytes));

    private static bool OnlyRefuses(OpaqueAccount account, string message, byte[] bytes)
    {
        // The tests' key stretching answers at once, so the task has ended when it is given.
        var outcome = OutcomeAsync(account, message, bytes);
        Assert.True(outcome.IsCompleted);
        return outcome.GetAwaiter().GetResult() is null or CryptographyError.InvalidEncoding;
    }
}
