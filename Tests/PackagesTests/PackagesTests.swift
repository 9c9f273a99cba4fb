// PackagesTests
