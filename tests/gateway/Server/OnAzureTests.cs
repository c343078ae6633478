namespace Vault.Gateway.Tests.Server;

/// <summary>The same sends, by a server that keeps everything in Azure blobs.</summary>
public sealed class SendOnAzureTests(AzureVaultFixture fixture) : SendTests(fixture), IClassFixture<AzureVaultFixture>;

/// <summary>The same batches, by a server that keeps everything in Azure blobs.</summary>
public sealed class SendBatchOnAzureTests(AzureVaultFixture fixture) : SendBatchTests(fixture), IClassFixture<AzureVaultFixture>;

/// <summary>The same shares, by a server that keeps everything in Azure blobs.</summary>
public sealed class ShareOnAzureTests(AzureVaultFixture fixture) : ShareTests(fixture), IClassFixture<AzureVaultFixture>;
