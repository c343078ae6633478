using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Serialization;
using Vault.Grains.EventSourcing;
using Vault.Grains.Files;
using Vault.Grains.Interfaces;
using Vault.Grains.Mail;
using Vault.Grains.Pending;
using Vault.Grains.Recovery;
using Vault.Grains.Registration;
using Vault.Grains.SignIn;
using Vault.Grains.Users;

namespace Vault.Grains;

/// <summary>Puts the vault's grains into a silo.</summary>
public static class VaultGrains
{
    /// <summary>
    /// Registers everything the grains need except what a host decides: the <see cref="Vault.Storage.IEventLog"/>, the two
    /// <see cref="Vault.Storage.IBlobStore"/>s under the keys of <see cref="BlobStores"/>, the <see cref="SiloKeys"/>, and
    /// the values of <see cref="AttemptLimits"/>, <see cref="CodeLimits"/>, <see cref="SessionLimits"/>, <see cref="SendLimits"/>,
    /// <see cref="LookupLimits"/>, <see cref="RetentionLimits"/>, <see cref="RecoveryLimits"/>,
    /// <see cref="StorageLimits"/> and <see cref="MailOptions"/>, which are checked at start.
    /// </summary>
    public static ISiloBuilder AddVaultGrains(this ISiloBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSerializer(serializer => serializer.AddVaultProtocol());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<EventSourcingServices>();
        builder.Services.AddSingleton<StorageGuard>();
        builder.Services.AddSingleton<AddressBook>();
        builder.Services.AddSingleton<AccountBlobs>();
        builder.Services.AddSingleton<OneTimeCodes>();
        builder.Services.AddSingleton<SignInDesk>();
        builder.Services.AddOutbox();
        builder.Services.AddSingleton<PendingWork>();
        builder.Services.AddSingleton<VerifiedProfiles>();
        builder.Services.AddSingleton<ActiveFiles>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PendingWalk>();
        builder.Services.AddSingleton<MailCodes>();
        builder.Services.AddMail<RecoveryMail>(RecoveryMail.Kind);
        builder.Services.AddMail<NoticeMail>(NoticeMail.Kind);
        builder.Services.AddSingleton<AccountErasure>();
        builder.Services.AddMail<ClosedMail>(ClosedMail.Kind);
        builder.Services.AddSingleton<Invitations>();
        builder.Services.AddSingleton<Doorkeeper>();
        builder.Services.AddMail<ConfirmationMail>(ConfirmationMail.Kind);
        AddLimits<RegistrationOptions>(builder.Services, options => options.IsValid());
        AddLimits<AttemptLimits>(builder.Services, limits => limits.IsValid());
        AddLimits<CodeLimits>(builder.Services, limits => limits.IsValid());
        AddLimits<SessionLimits>(builder.Services, limits => limits.IsValid());
        AddLimits<SendLimits>(builder.Services, limits => limits.IsValid());
        AddLimits<LookupLimits>(builder.Services, limits => limits.IsValid());
        AddLimits<RecoveryLimits>(builder.Services, limits => limits.IsValid());
        builder.Services.AddSingleton<SweepWork>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, AccountSweep>();
        AddLimits<RetentionLimits>(builder.Services, limits => limits.IsValid());
        AddLimits<StorageLimits>(builder.Services, limits => limits.IsValid());
        return builder;
    }

    private static void AddLimits<TLimits>(IServiceCollection services, Func<TLimits, bool> isValid)
        where TLimits : class =>
        services.AddOptions<TLimits>()
            .Validate(isValid, $"A value of {typeof(TLimits).Name} is out of its range; its documentation names the ranges.")
            .ValidateOnStart();
}
