using System.Text.Json;
using Vault.Cryptography.Noise;
using Vault.Cryptography.Primitives;
using Vault.Tests.Support;

namespace Vault.Cryptography.Tests.Noise;

/// <summary>The published vectors of the two handshakes, messages and transport.</summary>
public sealed class NoiseVectorTests
{
    [SkippableTheory]
    [InlineData("Noise_XX_25519_AESGCM_SHA256")]
    [InlineData("Noise_NNpsk0_25519_AESGCM_SHA256")]
    public void Handshake_PublishedVector_GivesEveryMessage(string name)
    {
        using var document = Vectors.Open("noise-25519.json");
        var vector = document.RootElement.GetProperty("vectors").EnumerateArray()
            .Single(entry => entry.GetProperty("protocol_name").GetString() == name);
        var protocol = name.Contains("psk", StringComparison.Ordinal) ? NoiseProtocol.NNpsk0 : NoiseProtocol.XX;
        using var initiator = Side(vector, protocol, "init", initiator: true);
        using var responder = Side(vector, protocol, "resp", initiator: false);

        var messages = vector.GetProperty("messages").EnumerateArray().ToArray();
        var handshakeLength = protocol == NoiseProtocol.XX ? 3 : 2;
        Span<byte> buffer = stackalloc byte[1024];
        Span<byte> opened = stackalloc byte[1024];
        for (var index = 0; index < handshakeLength; index++)
        {
            var (writer, reader) = index % 2 == 0 ? (initiator, responder) : (responder, initiator);
            var payload = Hex(messages[index], "payload");
            var length = writer.WriteMessage(buffer, payload);
            Assert.Equal(Hex(messages[index], "ciphertext"), buffer[..length].ToArray());
            Assert.Equal(payload, opened[..reader.ReadMessage(opened, buffer[..length])].ToArray());
        }

        Assert.Equal(Hex(vector, "handshake_hash"), initiator.HandshakeHash.ToArray());
        Assert.Equal(Hex(vector, "handshake_hash"), responder.HandshakeHash.ToArray());
        var (initiatorSends, initiatorReceives) = initiator.Split();
        var (responderSends, responderReceives) = responder.Split();
        for (var index = handshakeLength; index < messages.Length; index++)
        {
            var (send, receive) = index % 2 == 0 ? (initiatorSends, responderReceives) : (responderSends, initiatorReceives);
            var payload = Hex(messages[index], "payload");
            var length = send.EncryptWithAd(buffer, [], payload);
            Assert.Equal(Hex(messages[index], "ciphertext"), buffer[..length].ToArray());
            Assert.Equal(payload, opened[..receive.DecryptWithAd(opened, [], buffer[..length])].ToArray());
        }
    }

    private static HandshakeState Side(JsonElement vector, NoiseProtocol protocol, string side, bool initiator)
    {
        var staticKey = protocol == NoiseProtocol.XX ? Hex(vector, side + "_static") : [];
        var psk = protocol == NoiseProtocol.XX ? [] : Convert.FromHexString(vector.GetProperty(side + "_psks")[0].GetString()!);
        return new HandshakeState(
            protocol, initiator, Hex(vector, side + "_prologue"), staticKey, psk, new SecretBytes(Hex(vector, side + "_ephemeral")));
    }

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);
}
