using Vault.Grains.Users;

namespace Vault.Grains.Tests.Users;

/// <summary>Against the framework's own sorted dictionary, with as many changes as make it split and empty its leaves.</summary>
public sealed class SortedStoreTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Store_ManyChanges_IsWhatASortedDictionaryIs(int seed)
    {
        var random = new Random(seed);
        var store = SortedStore<int, int>.Empty;
        var model = new SortedDictionary<int, int>();
        for (var change = 0; change < 6_000; change++)
        {
            var (key, grows) = (random.Next(1_500), change < 3_000);
            if (random.Next(4) == 0 == grows)
            {
                Assert.Equal(model.ContainsKey(key), store.ContainsKey(key));
                (store, _) = (store.Remove(key), model.Remove(key));
            }
            else
            {
                (store, model[key]) = (store.Set(key, change), change);
            }

            Assert.Equal(model.Count, store.Count);
            Assert.Equal(model.TryGetValue(key, out var expected), store.TryGetValue(key, out var found));
            Assert.Equal(expected, found);
        }

        Assert.Equal(model, store);
        var after = random.Next(1_500);
        Assert.Equal(model.Where(entry => entry.Key > after), store.After(after));
        Assert.Equal(model, SortedStore<int, int>.Create(model.Reverse()));
        Assert.Empty(store.RemoveRange(model.Keys));
    }

    [Fact]
    public void Set_OnASharedStore_LeavesTheOneBefore()
    {
        var before = SortedStore<int, int>.Create(Enumerable.Range(0, 1_000).Select(key => KeyValuePair.Create(key, key)));

        var after = before.Set(500, -1).Remove(0).Set(2_000, 1);

        Assert.Equal(Enumerable.Range(0, 1_000), before.Select(entry => entry.Value));
        Assert.Equal((1_000, -1, 1, 1), (after.Count, after.First(entry => entry.Key == 500).Value, after.First().Key, after.Last().Value));
    }

    [Fact]
    public void Create_KeyTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => SortedStore<int, int>.Create([KeyValuePair.Create(1, 1), KeyValuePair.Create(1, 2)]));
}
