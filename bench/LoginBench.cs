using System.Diagnostics;
using System.Text;
using Vault.Cryptography.Opaque;
using Vault.Cryptography.Primitives;

namespace Vault.Bench;

/// <summary>What a login costs the server: OPAQUE's KE2 and the check of KE3, on one core.</summary>
internal static class LoginBench
{
    private const int Logins = 2_000;

    public static async Task RunAsync()
    {
        using var keys = OpaqueServerKeys.Generate();
        var server = new OpaqueServer(keys);
        var client = new OpaqueClient(new NoStretching());
        var identifier = Encoding.UTF8.GetBytes("ada@example.org");
        var context = new byte[32];
        var password = Encoding.UTF8.GetBytes("correct horse battery staple");

        var (registering, request) = client.StartRegistration(password);
        using var registration = await client.FinishRegistrationAsync(
            registering, server.CreateRegistrationResponse(request, identifier));

        var spent = TimeSpan.Zero;
        var allocated = 0L;
        for (var index = -100; index < Logins; index++)
        {
            if (index == 0)
            {
                (spent, allocated) = (TimeSpan.Zero, 0);
            }

            var (state, ke1) = client.StartLogin(password);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.GetTimestamp();
            var (ke2, pending) = server.GenerateKe2(ke1, registration.Record, identifier, context);
            spent += Stopwatch.GetElapsedTime(clock);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            using var login = await client.FinishLoginAsync(state, ke2, context);
            clock = Stopwatch.GetTimestamp();
            if (!OpaqueServer.TryFinishLogin(pending, login.Ke3, out var sessionKey))
            {
                throw new InvalidOperationException("The login was not accepted.");
            }

            spent += Stopwatch.GetElapsedTime(clock);
            sessionKey.Dispose();
        }

        Report.Section("Login: OPAQUE on the server, without the client's key stretching");
        Report.Row("CPU per login", $"{spent.TotalMilliseconds / Logins:F3} ms");
        Report.Row("logins a second on one core", $"{Logins / spent.TotalSeconds:F0}");
        Report.Row("allocated per login", $"{allocated / Logins / 1024.0:F1} KiB");

        var clockOfStretching = Stopwatch.GetTimestamp();
        using var input = SecretBytes.Random(64);
        using var stretched = await new Argon2idKeyStretching(KeyStretchingParameters.Default).StretchAsync(input, default);
        Report.Row("Argon2id on the client (64 MiB, t=3)", $"{Stopwatch.GetElapsedTime(clockOfStretching).TotalMilliseconds:F0} ms");
    }

    /// <summary>Takes the client's key stretching out of the measurement; the product always uses Argon2id.</summary>
    private sealed class NoStretching : IKeyStretching
    {
        public Task<SecretBytes> StretchAsync(SecretBytes input, CancellationToken cancellationToken) => Task.FromResult(input.Copy());
    }
}
