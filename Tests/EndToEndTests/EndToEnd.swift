import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

/// Tests of the real program on the demo tree: real processes, sockets, mounts, packages. Two lanes side by side,
/// each one test at a time, since every build already uses all processors.
@Suite(.needsMirror, .warmStore) enum EndToEnd {
  /// Every package of the tree, built in three ways.
  @Suite(.serialized) enum Building {}
  /// What goes wrong, and what is left afterwards.
  @Suite(.serialized) enum Trouble {}
}

/// Downloads and base layer of one workspace, hard-linked into the others: they are never written again, and a test
/// that is not about them need not make them.
struct WarmStore: Sendable {
  enum Part: String, CaseIterable {
    case files, layers
  }
  @TaskLocal static var current: WarmStore?
  let store: FilePath

  func give(_ parts: [Part], to tree: DemoTree) async throws {
    // another user's layers are of another mapping of ids
    guard Host.isRoot, tree.owner == nil, !parts.isEmpty else { return }
    let target = tree.file(".azldev/store")
    try FileManager.default.createDirectory(atPath: target.string, withIntermediateDirectories: true)
    try await Command(
      ["cp", "-al"] + parts.map { store.appending($0.rawValue).string } + [target.string]
    ).check()
  }
}

struct WarmStoreTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard Host.mirror != nil else { return try await function() }
    try await DemoTree.with { tree in
      // small, without requirements of its own: its root is the base
      _ = try await tree.build("lantern-common")
      try await WarmStore.$current.withValue(WarmStore(store: tree.file(".azldev/store"))) {
        try await function()
      }
    }
  }
}

/// One tree for all tests of a suite.
struct SharedTreeTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await DemoTree.with { tree in
      try await DemoTree.$shared.withValue(tree) { try await function() }
    }
  }
}

extension Trait where Self == WarmStoreTrait {
  static var warmStore: Self { Self() }
}
extension Trait where Self == SharedTreeTrait {
  static var sharedTree: Self { Self() }
}
extension DemoTree {
  @TaskLocal static var shared: DemoTree?
  static func current() throws -> DemoTree { try #require(shared, "the suite has .sharedTree") }
}
