using Orleans.Concurrency;

namespace Vault.Grains.Mail;

/// <summary>One mail that is due; keyed by its <see cref="MailId"/>, so that it leaves from one place in the cluster.</summary>
[Alias("vault.mail")]
internal interface IMailGrain : IGrainWithStringKey
{
    /// <summary>Begins to deliver, or goes on with it. Tells nothing: a mail's words stay where they are written.</summary>
    [Alias("deliver"), OneWay]
    Task Deliver();
}
