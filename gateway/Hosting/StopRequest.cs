using System.Runtime.InteropServices;

namespace Vault.Gateway.Hosting;

/// <summary>
/// Being told to stop while starting. A host listens for that late and takes it for a failed start; before, the first process of a
/// container does not even notice (a signal that it does not handle is dropped there), and is killed when patience ends.
/// </summary>
/// <remarks>Until the host starts, to stop is to end: what is stored is whole at every moment.</remarks>
public sealed class StopRequest : IHostedLifecycleService, IDisposable
{
    private readonly TaskCompletionSource _beforeTheHost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _signals;
    private volatile bool _isMade, _hostListens, _hasStarted;

    private StopRequest() => _signals = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT }.Select(signal => PosixSignalRegistration.Create(signal, Make))];

    /// <summary>Runs a server; a start that was broken off because nobody wants it any more is no failure.</summary>
    /// <param name="serve">Ends when the server did; its host has the request among its services.</param>
    public static async Task ObeyAsync(Func<StopRequest, Task> serve)
    {
        using var stop = new StopRequest();
        var serving = Task.Run(() => serve(stop)); // so that it can be left behind at any point
        if (await Task.WhenAny(serving, stop._beforeTheHost.Task) != serving)
        {
            return;
        }

        try
        {
            await serving;
        }
        catch (Exception) when (stop is { _isMade: true, _hasStarted: false })
        {
        }
    }

    /// <inheritdoc />
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _hostListens = true; // it does so before it starts anything
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _hasStarted = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public void Dispose() => Array.ForEach(_signals, signal => signal.Dispose());

    private void Make(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _isMade = true;
        if (!_hostListens)
        {
            _beforeTheHost.TrySetResult();
        }
    }
}
