using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Vault.Grains.Users;

/// <summary>An immutable sorted map for hundreds of thousands of entries: little more memory than the entries themselves.</summary>
/// <remarks>
/// The entries lie in leaves, arrays of at most <see cref="MaxLeaf"/> entries, exactly as long as they are full. A change copies one leaf
/// and the list of leaves; everything else is shared with the map before, which stays as it was. A tree with a node for each entry, as the
/// framework's immutable collections are, takes 60 to 100 bytes an entry more.
/// </remarks>
internal sealed class SortedStore<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : struct, IComparable<TKey>
{
    private const int MaxLeaf = 128;

    private readonly KeyValuePair<TKey, TValue>[][] _leaves; // none is empty

    private SortedStore(KeyValuePair<TKey, TValue>[][] leaves, int count) => (_leaves, Count) = (leaves, count);

    /// <summary>No entries.</summary>
    public static SortedStore<TKey, TValue> Empty { get; } = new([], 0);

    /// <summary>How many entries there are.</summary>
    public int Count { get; }

    /// <summary>A map of many entries at once, in any order.</summary>
    /// <exception cref="ArgumentException">A key is there twice.</exception>
    public static SortedStore<TKey, TValue> Create(IEnumerable<KeyValuePair<TKey, TValue>> entries)
    {
        KeyValuePair<TKey, TValue>[] sorted = [.. entries];
        if (!IsSorted(sorted))
        {
            var (keys, values) = (Array.ConvertAll(sorted, entry => entry.Key), Array.ConvertAll(sorted, entry => entry.Value));
            Array.Sort(keys, values);
            sorted = [.. keys.Zip(values, KeyValuePair.Create)];
            if (!IsSorted(sorted))
            {
                throw new ArgumentException("A key is there twice.", nameof(entries));
            }
        }

        return new SortedStore<TKey, TValue>([.. sorted.Chunk(MaxLeaf)], sorted.Length);
    }

    /// <summary>The value of a key.</summary>
    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (Find(key, out var leaf, out var index))
        {
            value = _leaves[leaf][index].Value;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Whether there is the key.</summary>
    public bool ContainsKey(TKey key) => Find(key, out _, out _);

    /// <summary>With a key, in place of its value where it is there already.</summary>
    public SortedStore<TKey, TValue> Set(TKey key, TValue value)
    {
        var entry = KeyValuePair.Create(key, value);
        if (_leaves.Length == 0)
        {
            return new SortedStore<TKey, TValue>([[entry]], 1);
        }

        if (Find(key, out var leaf, out var index))
        {
            KeyValuePair<TKey, TValue>[] replaced = [.. _leaves[leaf]];
            replaced[index] = entry;
            return With(leaf, [replaced], Count);
        }

        var before = _leaves[leaf];
        KeyValuePair<TKey, TValue>[] added = [.. before.AsSpan(0, index), entry, .. before.AsSpan(index)];
        return With(leaf, added.Length <= MaxLeaf ? [added] : [added[..(MaxLeaf / 2)], added[(MaxLeaf / 2)..]], Count + 1);
    }

    /// <summary>Without a key; one that is not there changes nothing.</summary>
    public SortedStore<TKey, TValue> Remove(TKey key)
    {
        if (!Find(key, out var leaf, out var index))
        {
            return this;
        }

        var before = _leaves[leaf];
        KeyValuePair<TKey, TValue>[] left = [.. before.AsSpan(0, index), .. before.AsSpan(index + 1)];
        return With(leaf, left.Length == 0 ? [] : [left], Count - 1);
    }

    /// <summary>Without some keys.</summary>
    public SortedStore<TKey, TValue> RemoveRange(IEnumerable<TKey> keys) => keys.Aggregate(this, (store, key) => store.Remove(key));

    /// <summary>The entries behind a key, which need not be there; all for null.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> After(TKey? after)
    {
        var (leaf, index) = (0, 0);
        if (after is { } key && _leaves.Length > 0 && Find(key, out leaf, out index))
        {
            index++;
        }

        for (; leaf < _leaves.Length; leaf++, index = 0)
        {
            for (; index < _leaves[leaf].Length; index++)
            {
                yield return _leaves[leaf][index];
            }
        }
    }

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => After(null).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private SortedStore<TKey, TValue> With(int leaf, ReadOnlySpan<KeyValuePair<TKey, TValue>[]> leaves, int count) =>
        new([.. _leaves.AsSpan(0, leaf), .. leaves, .. _leaves.AsSpan(leaf + 1)], count);

    private static bool IsSorted(ReadOnlySpan<KeyValuePair<TKey, TValue>> entries)
    {
        for (var i = 1; i < entries.Length; i++)
        {
            if (entries[i - 1].Key.CompareTo(entries[i].Key) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Where a key is, or where it would be: the last leaf that does not begin behind it, the first where all do.</summary>
    private bool Find(TKey key, out int leaf, out int index)
    {
        var (low, high) = (0, _leaves.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _leaves[middle][0].Key.CompareTo(key) <= 0 ? (middle + 1, high) : (low, middle - 1);
        }

        leaf = Math.Max(0, high);
        if (_leaves.Length == 0)
        {
            index = 0;
            return false;
        }

        var entries = _leaves[leaf];
        (low, high) = (0, entries.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = entries[middle].Key.CompareTo(key);
            if (order == 0)
            {
                index = middle;
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        index = low;
        return false;
    }
}
