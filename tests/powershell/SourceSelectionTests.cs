namespace Vault.PowerShell.Tests;

public sealed class SourceSelectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SourceSelectionTests()
    {
        _folder.Write("papers/a.txt");
        _folder.Write("papers/drafts/b.txt");
        _folder.Write("papers/drafts/old/.hidden");
        _folder.Write("other.txt");
    }

    [Fact]
    public void Add_NamedFile_KeepsItsOwnName()
    {
        var selection = new SourceSelection(recurse: false);
        Assert.True(selection.Add(_folder.At("papers/drafts/b.txt"), fromPipeline: false));
        Assert.True(selection.Add(_folder.At("other.txt"), fromPipeline: false));
        Assert.Equal(["b.txt", "other.txt"], Names(selection));
    }

    [Fact]
    public void Add_FolderWithRecurse_KeepsItsNameAndTree()
    {
        var selection = new SourceSelection(recurse: true);
        Assert.True(selection.Add(_folder.At("papers") + Path.DirectorySeparatorChar, fromPipeline: false));
        Assert.Equal(["papers/a.txt", "papers/drafts/b.txt", "papers/drafts/old/.hidden"], Names(selection).Order());
    }

    [Fact]
    public void Add_FolderWithoutRecurse_IsPassedOver()
    {
        var selection = new SourceSelection(recurse: false);
        Assert.False(selection.Add(_folder.At("papers"), fromPipeline: false));
        Assert.Empty(Names(selection));
    }

    [Fact]
    public void Name_PipelineOfATree_IsRelativeToTheFolderThatHoldsAll()
    {
        var selection = new SourceSelection(recurse: false);
        selection.Add(_folder.At("papers/drafts"), fromPipeline: true); // as Get-ChildItem papers -Recurse does
        selection.Add(_folder.At("papers/drafts/b.txt"), fromPipeline: true);
        selection.Add(_folder.At("papers/drafts/old/.hidden"), fromPipeline: true);
        Assert.Equal(["reports/drafts/b.txt", "reports/drafts/old/.hidden"], selection.Name("reports/").Select(f => f.Name));
    }

    [Fact]
    public void Name_PipelineOfOneFile_IsItsOwnName()
    {
        var selection = new SourceSelection(recurse: false);
        selection.Add(_folder.At("papers/drafts/b.txt"), fromPipeline: true);
        Assert.Equal(["b.txt"], Names(selection));
    }

    [Fact]
    public void Name_SiblingsWithTheSameStart_ShareOnlyTheirParent()
    {
        _folder.Write("papers-2/c.txt");
        var selection = new SourceSelection(recurse: false);
        selection.Add(_folder.At("papers/a.txt"), fromPipeline: true);
        selection.Add(_folder.At("papers-2/c.txt"), fromPipeline: true);
        Assert.Equal(["papers/a.txt", "papers-2/c.txt"], Names(selection));
    }

    [Fact]
    public void Add_SameFileTwice_IsSentOnce()
    {
        var selection = new SourceSelection(recurse: true);
        selection.Add(_folder.At("papers/drafts"), fromPipeline: true);
        selection.Add(_folder.At("papers/drafts/b.txt"), fromPipeline: true);
        Assert.Equal(2, Names(selection).Count());
    }

    [Fact]
    public void Add_LinkToAFolderAbove_IsNotFollowed()
    {
        Directory.CreateSymbolicLink(_folder.At("papers/up"), _folder.At("papers"));
        var selection = new SourceSelection(recurse: true);
        selection.Add(_folder.At("papers"), fromPipeline: false);
        Assert.Equal(3, Names(selection).Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Name_WithRoot_IsThePathBelowItWhateverElseIsSent(bool fromPipeline)
    {
        var selection = new SourceSelection(recurse: false, _folder.At("papers/"));
        selection.Add(_folder.At("papers/drafts/b.txt"), fromPipeline);
        Assert.Equal(["drafts/b.txt"], Names(selection));
    }

    [Fact]
    public void Name_RootItselfWithRecurse_IsItsTree()
    {
        var selection = new SourceSelection(recurse: true, _folder.At("papers"));
        selection.Add(_folder.At("papers"), fromPipeline: false);
        Assert.Equal(["a.txt", "drafts/b.txt", "drafts/old/.hidden"], Names(selection).Order());
    }

    [Fact]
    public void Add_OutsideTheRoot_IsRefused()
    {
        _folder.Write("papers-2/c.txt");
        var selection = new SourceSelection(recurse: false, _folder.At("papers"));
        Assert.Throws<ArgumentException>(() => selection.Add(_folder.At("papers-2/c.txt"), fromPipeline: true));
        Assert.Empty(Names(selection));
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Names(SourceSelection selection) => selection.Name("").Select(f => f.Name);
}
