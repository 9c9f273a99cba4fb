import AzureLinux
import Foundation
import Incremental
import Pipeline
import Storage
import SystemPackage

/// What is in the tree, as of the last look.
actor LiveTree: TreeReading {
  private let executor = BlockingExecutor("tree inventory")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let tree: FilePath
  private let inventory: TreeInventory

  init(workspace: Workspace, settings: Settings) throws {
    tree = workspace.tree
    inventory = try TreeInventory(
      tree: workspace.tree, folders: settings.specDirs, others: LiveBaseline.others,
      record: workspace.inventory)
  }

  func specs() -> [SpecLocation] { inventory.specs }
  func digests() -> [String: Digest] { inventory.known }

  func digest(of directory: String) throws -> Digest {
    guard let known = inventory.digest(of: directory) else {
      throw TreeError.unreadable(directory, "no such package directory")
    }
    return known
  }

  func digest(ofFile path: String) -> Digest? { try? Digest.of(file: tree.appending(path)) }

  func look(at paths: Set<String>?) throws -> Set<String> {
    if let paths { inventory.look(at: paths) } else { try inventory.scan() }
  }
}
