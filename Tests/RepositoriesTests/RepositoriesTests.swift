// RepositoriesTests
