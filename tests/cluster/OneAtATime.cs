// Two hundred workers that send, receive and sign in leave nothing of a small machine to a test beside them.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
