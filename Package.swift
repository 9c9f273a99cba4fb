// swift-tools-version: 6.2
// Layers from bottom to top; imports only go down and siblings never import each other
// (ARCHITECTURE.md says what belongs in each target).
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let sqlite: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let toml: Target.Dependency = .product(name: "TOMLKit", package: "TOMLKit")

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let layer0: [Target] = [
  .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
  .systemLibrary(name: "CElf", pkgConfig: "libelf"),
  .systemLibrary(name: "CGit2", pkgConfig: "libgit2"),
  .systemLibrary(name: "CRepo", pkgConfig: "librepo"),
  .systemLibrary(name: "CRPM", pkgConfig: "rpm"),
  .systemLibrary(name: "CSolv", pkgConfig: "libsolvext"),
  .target(name: "CLinux"),
  .target(name: "CReads"),
  module("SpecFormat", []),
  module("AzureLinux", ["SpecFormat", system, toml]),
]

let layer1: [Target] = [
  module("RPM", ["AzureLinux", "CElf", "CRPM", system]),
  module("Sandbox", ["AzureLinux", "CLinux", subprocess, system]),
  module("Solver", ["AzureLinux", "CSolv", system]),
  module("Storage", ["AzureLinux", "CCrypto", "CLinux", sqlite, system]),
  module("Terminal", ["AzureLinux", "CLinux"]),
]

let layer2: [Target] = [
  module("Checks", ["AzureLinux", "Storage", system]),
  module("Images", ["AzureLinux", "CLinux", "RPM", "Sandbox", "Storage", system]),
  module("Incremental", ["AzureLinux", "CGit2", "CLinux", "Storage", sqlite, system]),
  module("Packages", ["AzureLinux", "CLinux", "RPM", "Sandbox", "Storage", system]),
  module("Repositories", ["AzureLinux", "CRepo", "RPM", "Solver", "Storage", system]),
  module("Specs", ["AzureLinux", "RPM", "Sandbox", "Storage", system]),
  .executableTarget(
    name: "azl-rpm-worker", dependencies: ["CLinux", "CReads", "CRPM", "SpecFormat"],
    swiftSettings: settings),
]

let layer3: [Target] = [
  module("Pipeline", ["AzureLinux", "Incremental", "Storage", system])
]

let layer4: [Target] = [
  .executableTarget(
    name: "azl-dev",
    dependencies: [
      "AzureLinux", "Checks", "CLinux", "Images", "Incremental", "Packages", "Pipeline", "Repositories",
      "RPM", "Sandbox", "Solver", "Specs", "Storage", "Terminal", arguments, system,
    ],
    swiftSettings: settings),
  .executableTarget(
    name: "azl-demo-mirror", dependencies: ["AzureLinux", "Sandbox", "Storage", arguments, system],
    swiftSettings: settings),
]

/// What tests of several targets need.
let testSupport: Target = .target(
  name: "TestSupport", dependencies: ["AzureLinux", "Sandbox", "Storage", system], path: "Tests/TestSupport",
  swiftSettings: settings)

let testTargets: [Target] = [
  testSupport,
  tests("AzureLinuxTests", ["AzureLinux"]),
  tests(
    "ChecksTests",
    ["AzureLinux", "Checks", "Incremental", "Sandbox", "Storage", "Terminal", "azl-dev", system]),
  tests("EndToEndTests", ["AzureLinux", "RPM", "Sandbox", "Storage", "TestSupport", system]),
  tests("ImagesTests", ["AzureLinux", "Images", "Sandbox", "Storage", "TestSupport", system]),
  tests("IncrementalTests", ["AzureLinux", "Incremental", "Sandbox", "Storage", "TestSupport", system]),
  tests("PackagesTests", ["AzureLinux", "Packages", "RPM", "Sandbox", "Storage", "TestSupport", system]),
  tests("PipelineTests", ["AzureLinux", "Incremental", "Pipeline", "Solver", "TestSupport", system]),
  tests(
    "RepositoriesTests",
    ["AzureLinux", "Repositories", "RPM", "Sandbox", "Solver", "Storage", "TestSupport", system]),
  tests("RPMTests", ["AzureLinux", "RPM", "Sandbox", "Storage", system]),
  tests("SandboxTests", ["AzureLinux", "Sandbox", "Storage", "TestSupport", system]),
  tests("SolverTests", ["AzureLinux", "Sandbox", "Solver", system]),
  tests("SpecsTests", ["AzureLinux", "Sandbox", "Specs", "Storage", "TestSupport", system]),
  tests(
    "TerminalTests",
    [
      "AzureLinux", "Images", "Incremental", "Packages", "Pipeline", "Repositories", "Sandbox", "Storage",
      "Terminal", "TestSupport", "azl-dev", arguments, system,
    ]),
]

let package = Package(
  name: "azl-dev",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "azl-dev", targets: ["azl-dev"]),
    .executable(name: "azl-rpm-worker", targets: ["azl-rpm-worker"]),
    .executable(name: "azl-demo-mirror", targets: ["azl-demo-mirror"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: layer0 + layer1 + layer2 + layer3 + layer4 + testTargets)
