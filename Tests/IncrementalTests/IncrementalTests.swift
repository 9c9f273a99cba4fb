// IncrementalTests
