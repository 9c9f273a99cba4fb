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

  /// Runs `body` with what the mirror has now; keeps the files of before if it throws.
  static func replacing<Result: Sendable>(
    settings: Settings, workspace: Workspace, downloads: Downloads,
    _ body: @Sendable () async throws -> Result
  ) async throws -> Result {
    var before: [(FilePath, Data?)] = []
    do {
      for (path, url, credentials) in named(settings, workspace) {
        if settings.offline, !url.hasPrefix("file://"), FileManager.default.fileExists(atPath: path.string) {
          continue
        }
        let data = try await downloads.fresh(url, credentials)
        before.append((path, FileManager.default.contents(atPath: path.string)))
        try FileManager.default.createDirectory(
          atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
        try AtomicFile.write(data, to: path)
      }
      return try await body()
    } catch {
      for case (let path, let data?) in before { try? AtomicFile.write(data, to: path) }
      throw error
    }
  }

  private static func named(
    _ settings: Settings, _ workspace: Workspace
  ) -> [(path: FilePath, url: String, credentials: Credentials)] {
    func credentials(_ files: String?..., isVerifying: Bool = true) -> Credentials {
      let paths = files.map { text -> String? in
        guard let text, !text.isEmpty else { return nil }
        return workspace.tree.pushing(FilePath(settings.expand(text, tree: workspace.tree.string))).string
      }
      return Credentials(ca: paths[0], certificate: paths[1], key: paths[2], isVerifying: isVerifying)
    }
    let own = settings.sources
    var texts = [settings.toolchain.workerManifest: credentials(own.ca, own.cert, own.key)]
    for one in settings.repository where one.enabled {
      for key in one.keys { texts[key] = credentials(one.ca, one.cert, one.key, isVerifying: one.sslverify) }
    }
    return texts.sorted { $0.key < $1.key }.compactMap { text, credentials in
      let url = settings.expand(text, tree: workspace.tree.string)
      guard url.contains("://") else { return nil }
      return (local(text, settings: settings, workspace: workspace), url, credentials)
    }
  }
}
