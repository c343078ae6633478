using System.Collections.Concurrent;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;

namespace Vault.PowerShell.Tests;

/// <summary>A person at a console: answers questions in the order given and sees what is shown.</summary>
public sealed class TestHost : PSHost
{
    private readonly Screen _screen;

    public TestHost() => _screen = new Screen(this);

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "VaultTestHost";

    public override PSHostUserInterface UI => _screen;

    public override Version Version => new(1, 0);

    /// <summary>The next question is answered with this choice (0: the first, "Yes").</summary>
    public void WillChoose(int choice) => _screen.Choices.Enqueue(choice);

    /// <summary>The next line, or password, that is asked for is this one.</summary>
    public void WillType(string line) => _screen.Lines.Enqueue(line);

    /// <summary>Nobody is there to answer: each question fails, as with -NonInteractive.</summary>
    public bool Refuses { get; set; }

    /// <summary>Everything shown so far, questions included, without colours.</summary>
    public string Shown => Regex.Replace(_screen.Text, "\u001b\\[[0-9;]*m", "");

    /// <summary>What is shown from now on is shown in a terminal of 80 columns.</summary>
    public void NarrowTo80Columns() => UI.RawUI.BufferSize = UI.RawUI.WindowSize = new Size(80, 100);

    /// <summary>The progress bars drawn so far.</summary>
    public IReadOnlyCollection<ProgressRecord> Progress => _screen.Progress;

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode)
    {
    }

    private sealed class Screen(TestHost host) : PSHostUserInterface
    {
        private readonly StringBuilder _text = new();

        public ConcurrentQueue<int> Choices { get; } = new();

        public ConcurrentQueue<string> Lines { get; } = new();

        public ConcurrentQueue<ProgressRecord> Progress { get; } = new();

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public override PSHostRawUserInterface RawUI { get; } = new Window();

        public override Dictionary<string, PSObject> Prompt(
            string caption, string message, Collection<FieldDescription> descriptions) =>
            throw new InvalidOperationException($"Unexpected question: {message}");

        public override int PromptForChoice(
            string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        {
            if (host.Refuses)
            {
                throw new HostException("There is nobody to ask.");
            }

            WriteLine(caption);
            WriteLine(message);
            return Choices.TryDequeue(out var choice) ? choice : throw new InvalidOperationException($"Unexpected question: {message}");
        }

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
            throw new InvalidOperationException("Unexpected question for a credential.");

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes,
            PSCredentialUIOptions options) => throw new InvalidOperationException("Unexpected question for a credential.");

        public override string ReadLine()
        {
            if (host.Refuses)
            {
                throw new HostException("There is nobody to ask.");
            }

            return Lines.TryDequeue(out var line) ? line : throw new InvalidOperationException("Unexpected question.");
        }

        public override SecureString ReadLineAsSecureString() => VaultShell.Secure(ReadLine());

        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

        public override void Write(string value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        public override void WriteLine(string value) => Write(value + "\n");

        public override void WriteErrorLine(string value) => WriteLine(value);

        public override void WriteDebugLine(string message) => WriteLine(message);

        public override void WriteVerboseLine(string message) => WriteLine(message);

        public override void WriteWarningLine(string message) => WriteLine(message);

        public override void WriteProgress(long sourceId, ProgressRecord record) => Progress.Enqueue(record);
    }

    private sealed class Window : PSHostRawUserInterface
    {
        public override ConsoleColor BackgroundColor { get; set; }

        public override Size BufferSize { get; set; } = new(120, 100);

        public override Coordinates CursorPosition { get; set; }

        public override int CursorSize { get; set; }

        public override ConsoleColor ForegroundColor { get; set; }

        public override bool KeyAvailable => false;

        public override Size MaxPhysicalWindowSize => new(120, 100);

        public override Size MaxWindowSize => new(120, 100);

        public override Coordinates WindowPosition { get; set; }

        public override Size WindowSize { get; set; } = new(120, 100);

        public override string WindowTitle { get; set; } = "";

        public override void FlushInputBuffer()
        {
        }

        public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

        public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

        public override void ScrollBufferContents(
            Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw new NotSupportedException();

        public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new NotSupportedException();

        public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new NotSupportedException();
    }
}
