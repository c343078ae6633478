using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Vault.Grains.Mail;

/// <summary>Puts mail into a silo.</summary>
internal static class MailServices
{
    /// <summary>The outbox and what empties it.</summary>
    public static void AddOutbox(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<MailOptions>, MailOptionsCheck>();
        services.AddOptions<MailOptions>().ValidateOnStart();

        // What was found good at the start. Looked at anew with the first mail, a password file that is not there for a while would fail
        // grains before they could say so.
        services.AddSingleton(provider => Microsoft.Extensions.Options.Options.Create(
            provider.GetRequiredService<IOptionsMonitor<MailOptions>>().CurrentValue));
        services.AddSingleton<Outbox>();
        services.AddSingleton<SmtpTransport>();
        services.AddSingleton<PickupTransport>();
        services.AddSingleton<IMailTransport>(provider =>
            provider.GetRequiredService<IOptions<MailOptions>>().Value.HasHost
                ? provider.GetRequiredService<SmtpTransport>()
                : provider.GetRequiredService<PickupTransport>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, OutboxWalk>();
    }

    /// <summary>Mails of a kind are written by this composer; see <see cref="IMailComposer"/>.</summary>
    /// <param name="kind">Part of what is stored: never renamed.</param>
    public static void AddMail<TComposer>(this IServiceCollection services, string kind)
        where TComposer : class, IMailComposer => services.AddKeyedSingleton<IMailComposer, TComposer>(kind);
}
