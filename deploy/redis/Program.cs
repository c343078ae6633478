using Garnet;

// A server of the Redis protocol for a cluster on one machine, where redis-server is not installed. What follows its name goes to Garnet.
using var stop = new ManualResetEventSlim();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Set();
};
using var asked = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    stop.Set();
});
using var server = new GarnetServer(["--lua", "--memory", "64m", "--index", "1m", .. args]); // Orleans keeps its list with scripts
server.Start();
stop.Wait();
