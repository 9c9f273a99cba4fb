import AzureLinux
import Foundation
import Repositories
import Sandbox
import SystemPackage

/// All repositories of a configuration, in upstream's order: what build roots are made of, what was built here, what
/// `.repo` files name, and the published ones.
enum RepositoryList {
  static let local = "local-repo"

  static func of(_ settings: Settings, _ workspace: Workspace) throws -> [RepositorySettings] {
    let choice = settings.repositories
    var list: [RepositorySettings] = []
    for name in choice.files {
      let path = workspace.tree.pushing(FilePath(settings.expand(name, tree: workspace.tree.string)))
      list += try RepositoryFile.read(path, shown: name)
    }
    list += settings.repository
    if settings.repository.isEmpty, choice.defaults {
      // a file may name the same ones with other keys
      list += Settings.published().filter { one in !list.contains { $0.id == one.id } }
    }
    if choice.local { list.append(built(workspace)) }
    var seen: Set<String> = []
    if let twice = list.first(where: { !seen.insert($0.id).inserted }) {
      throw RepositoryError.configuredTwice(twice.id)
    }
    for index in list.indices {
      let one = list[index]
      let isNear = one.kind == .toolchain || one.id == local
      if !choice.preview && one.id.contains("preview") || !choice.upstream && !isNear {
        list[index].enabled = false
      }
    }
    func rank(_ one: RepositorySettings) -> Int { one.kind == .toolchain ? 0 : one.id == local ? 1 : 2 }
    return list.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
      .map(\.element)
  }

  /// The packages that were built here, as of the last sync.
  private static func built(_ workspace: Workspace) -> RepositorySettings {
    RepositorySettings(
      id: local, url: "file://\(workspace.out.appending("RPMS"))", priority: 2, gpgcheck: false,
      repoGpgcheck: false)
  }

  /// Makes the metadata of what was built here.
  static func index(_ workspace: Workspace) async throws {
    let folder = workspace.out.appending("RPMS")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    // without --update: a rebuilt RPM may have the size and time of the one before
    try await Command(["createrepo_c", "--quiet", "--no-database", "--checksum", "sha256", folder.string])
      .check()
  }
}
