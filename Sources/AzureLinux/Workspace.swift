import SystemPackage

/// Where things are: the tree and its `.azldev` folder. Pure path arithmetic.
package struct Workspace: Hashable, Sendable {
  package let tree: FilePath
  package init(tree: FilePath) { self.tree = tree }

  package var folder: FilePath { tree.appending(".azldev") }
  package var configuration: FilePath { folder.appending("config.toml") }
  package var localConfiguration: FilePath { folder.appending("config.local.toml") }
  package var state: FilePath { folder.appending("state.db") }
  package var stateLock: FilePath { folder.appending("state.lock") }
  /// What was seen of the tree, and what of it differs from the baseline: caches like the state.
  package var inventory: FilePath { folder.appending("inventory") }
  package var index: FilePath { folder.appending("index") }
  /// What the index was made from, for a question that has nothing else to ask.
  package var glance: FilePath { folder.appending("glance") }
  package var changes: FilePath { folder.appending("changes") }
  package var history: FilePath { folder.appending("history.jsonl") }
  package var baselineLock: FilePath { folder.appending("baseline.lock") }
  package var lock: FilePath { folder.appending("lock") }
  package var store: FilePath { folder.appending("store") }
  /// Artifacts by digest: `store/files/ab/<hex>`.
  package var files: FilePath { store.appending("files") }
  /// Finished builds by their key: `store/builds/ab/<hex>.json`.
  package var builds: FilePath { store.appending("builds") }
  package var layers: FilePath { store.appending("layers") }
  package var metadata: FilePath { store.appending("metadata") }
  /// Downloads that are not whole yet. Not scratch: they outlive the process.
  package var downloads: FilePath { store.appending("downloads") }
  package var scratch: FilePath { store.appending("scratch") }
  /// Roots of failed builds, and of shells.
  package var roots: FilePath { store.appending("roots") }
  /// Saved machines of `boot --hot`, by image.
  package var machines: FilePath { store.appending("machines") }
  package var logs: FilePath { folder.appending("logs") }
  package var out: FilePath { folder.appending("out") }
  package func rpms(arch: String) -> FilePath { out.appending("RPMS").appending(arch) }
  package var srpms: FilePath { out.appending("SRPMS") }
  package func images(config: String) -> FilePath { out.appending("images").appending(config) }
}
