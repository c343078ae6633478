using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vault.Bench.LongLink;

/// <summary>A network device whose packets this process reads and writes (Linux, root), see the kernel's networking/tuntap.</summary>
internal sealed partial class TunDevice : IDisposable
{
    private const int ReadWrite = 2, NonBlocking = 0x800; // O_RDWR, O_NONBLOCK
    private const nuint SetInterface = 0x400454ca; // TUNSETIFF
    private const short TunWithoutHeader = 0x1001; // IFF_TUN | IFF_NO_PI
    private const int NameLength = 16, RequestLength = 40; // struct ifreq
    private const short Readable = 1; // POLLIN

    private readonly SafeFileHandle _file;

    private TunDevice(SafeFileHandle file) => _file = file;

    /// <exception cref="IOException">It is not there, or not permitted.</exception>
    public static TunDevice Open(string name)
    {
        var descriptor = open("/dev/net/tun", ReadWrite | NonBlocking);
        if (descriptor < 0)
        {
            throw Failed("open /dev/net/tun");
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        Span<byte> request = stackalloc byte[RequestLength];
        request.Clear();
        System.Text.Encoding.ASCII.GetBytes(name, request[..(NameLength - 1)]);
        BitConverter.TryWriteBytes(request[NameLength..], TunWithoutHeader);
        if (ioctl(file, SetInterface, ref MemoryMarshal.GetReference(request)) != 0)
        {
            var error = Failed($"make the device {name}");
            file.Dispose();
            throw error;
        }

        return new TunDevice(file);
    }

    /// <summary>Reads one packet; 0 where none has come.</summary>
    public int Read(Span<byte> packet) => (int)Math.Max(0, read(_file, ref MemoryMarshal.GetReference(packet), packet.Length));

    /// <summary>Writes one packet; one that the system does not take is lost, as on any link.</summary>
    public void Write(ReadOnlySpan<byte> packet) => _ = write(_file, ref MemoryMarshal.GetReference(packet), packet.Length);

    /// <summary>Waits until a packet has come, or for so long.</summary>
    public void Wait(int milliseconds)
    {
        var wanted = new PollRequest { Descriptor = (int)_file.DangerousGetHandle(), Events = Readable };
        _ = poll(ref wanted, 1, milliseconds);
    }

    public void Dispose() => _file.Dispose();

    private static IOException Failed(string doing) => new($"Could not {doing}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle file, nuint request, ref byte argument);

    [LibraryImport("libc")]
    private static partial nint read(SafeFileHandle file, ref byte buffer, nint length);

    [LibraryImport("libc")]
    private static partial nint write(SafeFileHandle file, ref byte buffer, nint length);

    [LibraryImport("libc")]
    private static partial int poll(ref PollRequest requests, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
