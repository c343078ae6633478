using StackExchange.Redis;
using Vault.Gateway.Keys;

namespace Vault.Gateway.Hosting;

/// <summary>The Redis servers that hold the list of silos: how to connect, and whether they answer.</summary>
public static class RedisServers
{
    private static readonly TimeSpan StartWait = TimeSpan.FromSeconds(15), RetryDelay = TimeSpan.FromMilliseconds(500);

    // Membership reads every few seconds: an answer that takes longer is as good as none.
    private const int CallMilliseconds = 3_000, ConnectMilliseconds = 3_000;

    /// <summary>What StackExchange.Redis is to do; the password is read from its file.</summary>
    /// <exception cref="OptionsException">A setting cannot be used; the message names it.</exception>
    public static ConfigurationOptions Configure(ClusterSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var options = new ConfigurationOptions
        {
            ClientName = "vault",
            User = settings.RedisUser.Length > 0 ? settings.RedisUser : null,
            Password = settings.RedisPasswordFile.Length > 0 ? ReadPassword(settings.RedisPasswordFile) : null,
            Ssl = settings.RedisTls,
            AbortOnConnectFail = false, // it comes back
            ConnectTimeout = ConnectMilliseconds,
            SyncTimeout = CallMilliseconds,
            AsyncTimeout = CallMilliseconds,
        };
        foreach (var server in settings.Redis.Split(',', StringSplitOptions.TrimEntries))
        {
            AddServer(options, server);
        }

        if (settings.RedisAuthority.Length > 0)
        {
            TrustAuthority(options, settings);
        }

        return options;
    }

    /// <summary>Waits until Redis answers; a cluster's processes start in any order.</summary>
    /// <exception cref="OptionsException">It does not, or refuses the password; the message names the setting.</exception>
    public static async Task RequireAsync(ClusterSettings settings)
    {
        var options = Configure(settings);
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        var isTrusted = true;
        if (settings.RedisAuthority.Length == 0)
        {
            options.CertificateValidation += (_, _, _, errors) => isTrusted = errors == System.Net.Security.SslPolicyErrors.None;
        }

        for (var end = Environment.TickCount64 + (long)StartWait.TotalMilliseconds; ;)
        {
            try
            {
                await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
                await connection.GetDatabase().PingAsync();
                return;
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                if (!isTrusted)
                {
                    throw new OptionsException(
                        $"The certificate of Redis at {settings.Redis} is not trusted. Name the file of its authority with Vault:Cluster:RedisAuthority.");
                }

                // Waiting does not mend a refusal.
                if (error is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure })
                {
                    throw new OptionsException(
                        $"Redis at {settings.Redis} refuses the user or the password. Correct Vault:Cluster:RedisUser and the file that "
                        + "Vault:Cluster:RedisPasswordFile names"
                        + (settings.RedisTls ? ", or the authority of its certificate, Vault:Cluster:RedisAuthority." : "."));
                }

                if (Environment.TickCount64 >= end)
                {
                    throw new OptionsException(
                        $"No Redis answers at {settings.Redis} (Vault:Cluster:Redis). Start it, or say where it is with --redis. ({FirstLine(error)})");
                }
            }

            await Task.Delay(RetryDelay);
        }
    }

    private static void AddServer(ConfigurationOptions options, string server)
    {
        if (server.Contains('=', StringComparison.Ordinal) || server.Contains('@', StringComparison.Ordinal))
        {
            throw new OptionsException(
                "Vault:Cluster:Redis takes host:port only. A password goes into a file: Vault:Cluster:RedisPasswordFile; TLS is Vault:Cluster:RedisTls.");
        }

        try
        {
            options.EndPoints.Add(server);
        }
        catch (ArgumentException)
        {
            throw new OptionsException($"Vault:Cluster:Redis has '{server}', which is no host:port. Say for instance --redis 127.0.0.1:6379.");
        }
    }

    private static void TrustAuthority(ConfigurationOptions options, ClusterSettings settings)
    {
        if (!settings.RedisTls)
        {
            throw new OptionsException("Vault:Cluster:RedisAuthority is there, but TLS is off. Set Vault:Cluster:RedisTls to true.");
        }

        try
        {
            options.TrustIssuer(settings.RedisAuthority);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new OptionsException($"Vault:Cluster:RedisAuthority names {settings.RedisAuthority}, which is no certificate: {FirstLine(error)}");
        }
    }

    private static string ReadPassword(string path)
    {
        try
        {
            KeyFile.RequirePrivate(path);
            // The Redis client keeps it as a string for as long as it runs: that cannot be zeroed.
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OptionsException($"Vault:Cluster:RedisPasswordFile names {path}, which cannot be read: {FirstLine(error)}");
        }
    }

    private static string FirstLine(Exception error) => error.Message.Split('\n')[0].TrimEnd('\r');
}
