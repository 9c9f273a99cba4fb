// SpecsTests
