import AzureLinux
import Foundation
import Repositories
import Storage
import SystemPackage

/// Files that the configuration names by URL, a manifest or a public key: fetched by `init`, kept in the workspace.
enum MirrorFiles {
  /// Where a configured path is on this machine: below the tree, or the copy of what a URL names.
  static func local(_ text: String, settings: Settings, workspace: Workspace) -> FilePath {
    let path = settings.expand(text, tree: workspace.tree.string)
    guard path.contains("://") else { return workspace.tree.pushing(FilePath(path)) }
    let name = path.split(separator: "/").last.map(String.init) ?? "file"
    return workspace.folder.appending("mirror").appending(name)
  }

  static func fetch(settings: Settings, workspace: Workspace, downloads: Downloads) async throws {
    let named = [settings.toolchain.workerManifest] + settings.repository.filter(\.enabled).flatMap(\.keys)
    for text in Set(named).sorted() {
      let url = settings.expand(text, tree: workspace.tree.string)
      guard url.contains("://") else { continue }
      let data = try await downloads.fresh(url)
      let path = local(text, settings: settings, workspace: workspace)
      try FileManager.default.createDirectory(
        atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
      try AtomicFile.write(data, to: path)
    }
  }
}
