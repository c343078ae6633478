// Workers that send, receive and sign in while something dies leave little of a small machine to a test beside them.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
