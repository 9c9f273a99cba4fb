import AzureLinux
import Foundation
import Incremental
import Pipeline
import Specs
import Storage
import SystemPackage

/// What is in the tree, as of the last look.
actor LiveTree: TreeReading {
  private let executor = BlockingExecutor("tree inventory")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let tree: FilePath
  private let folders: [String]
  private let inventory: TreeInventory

  init(workspace: Workspace, settings: Settings) throws {
    tree = workspace.tree
    folders = settings.specDirs
    inventory = try TreeInventory(
      tree: workspace.tree, folders: settings.specDirs, others: LiveBaseline.others,
      record: workspace.inventory)
  }

  func specs() -> [SpecLocation] { inventory.specs }
  func hidden() -> [SpecLocation] { inventory.hidden }
  func specs(in directory: String) -> [SpecLocation] { inventory.specs(in: directory) }
  func digests() -> [String: Digest] { inventory.known }
  func sighting() -> TreeSighting { inventory.sighting }

  func digest(of directory: String) throws -> Digest {
    guard let known = inventory.digest(of: directory) else {
      throw TreeError.unreadable(directory, "no such package directory")
    }
    return known
  }

  func digest() -> Digest { inventory.digest }

  func macroOwners(among directories: Set<String>) -> Set<String> {
    directories.filter { directory in
      inventory.files(in: directory).contains { path in
        MacroSources.isMacroFile(path.dropFirst(directory.utf8.count + 1))
      }
    }
  }

  /// Package directories whose files become macros.
  func macroOwners() -> [MacroSources.Owner] {
    inventory.files(ofDirectoriesHolding: "macros", MacroSources.isMacroFile).map { directory, files in
      let top = files.map { (String($0.path.dropFirst(directory.count + 1)), $0.digest) }
        .filter { !$0.0.contains("/") }
      return MacroSources.Owner(directory: directory, files: Dictionary(uniqueKeysWithValues: top))
    }
  }

  func digest(ofFile path: String) -> Digest? { try? Digest.of(file: tree.appending(path)) }

  func seen(_ directories: Set<String>) -> Set<String> {
    directories.filter { inventory.digest(of: $0) != nil }
  }
  func isUntouched(_ directories: Set<String>) -> Bool { directories.allSatisfy(inventory.isUntouched) }

  /// See `TreeInventory.remember`.
  func remember(
    _ glance: Glance, of answer: String, files: Set<String>, directories: Set<String>, outside: [String]
  ) throws -> Bool {
    let owners = macroOwners().map(\.directory)
    return try inventory.remember(
      glance, of: answer, files: files, directories: directories.union(owners), outside: outside)
  }

  func look(at paths: Set<String>?) throws -> Set<String> {
    if let paths { return inventory.look(at: paths) }
    let changed = try inventory.scan()
    if !inventory.hasSpecs { throw InventoryError.noSpecs(tree: tree.string, folders: folders) }
    return changed
  }
}
