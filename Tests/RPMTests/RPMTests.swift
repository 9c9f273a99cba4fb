// RPMTests
