import AzureLinux
import Incremental
import Sandbox
import SystemPackage
import Testing

/// A tree, its watcher, and the inventory that looks only where the watcher says: the two as a running watch holds them.
final class FollowedTree {
  let tree: TestTree
  let watcher: TreeWatcher
  private let inventory: TreeInventory
  private static let folders = ["SPECS", "SPECS-EXTENDED"]
  private static let others = ["imageconfigs"]

  /// `git`: no batch ends while git is at work.
  init(_ tree: TestTree, git: Bool = false) async throws {
    self.tree = tree
    watcher = try await TreeWatcher.start(
      tree: tree.path, scope: WatchScope(roots: Self.folders + Self.others),
      indexLock: git ? tree.path.appending(".git/index.lock") : nil)
    inventory = try Self.inventory(of: tree)
    _ = try inventory.scan()
  }

  private static func inventory(of tree: TestTree) throws -> TreeInventory {
    try TreeInventory(tree: tree.path, folders: folders, others: others)
  }

  /// What everything up to now, told in one batch, changed; knows then what a first look at everything finds.
  @discardableResult
  func changed(at place: SourceLocation = #_sourceLocation) async throws -> Set<String> {
    guard await watcher.settled() else {
      try expectAsAtFirstSight(place)
      return []
    }
    return try await batch(at: place)
  }

  /// The same, of a batch that ends by itself.
  @discardableResult
  func batch(at place: SourceLocation = #_sourceLocation) async throws -> Set<String> {
    let changed =
      switch try #require(try await watcher.next(), sourceLocation: place) {
      case .paths(let paths): inventory.look(at: paths)
      case .everything: try inventory.scan()
      }
    try expectAsAtFirstSight(place)
    return changed
  }

  private func expectAsAtFirstSight(_ place: SourceLocation) throws {
    let cold = try Self.inventory(of: tree)
    _ = try cold.scan()
    let differing = Set(cold.known.keys).union(inventory.known.keys).filter {
      cold.known[$0] != inventory.known[$0]
    }
    #expect(differing == [], "the watcher did not tell of these", sourceLocation: place)
    #expect(cold.specs == inventory.specs, sourceLocation: place)
  }

  /// Does something with the shell, in the tree, and says what that changed.
  func after(_ script: String, at place: SourceLocation = #_sourceLocation) async throws -> Set<String> {
    try await tree.run("sh", "-e", "-c", script)
    return try await changed(at: place)
  }
}
