// Tensor.TotalCount and the random generator belong to the process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
