import AzureLinux
import Foundation
import Packages
import Pipeline
import Solver
import SystemPackage

/// Compiling through ccache. Neither its package nor what it remembers is a part of the build's key: the compiler gives
/// the same object files either way, and a root that has it is never a root that is planned.
extension LiveBuilder {
  /// The request with a cache, where `[build] ccache` and the package's group want one.
  func withCache(
    _ ready: Packages.BuildRequest, _ root: SettledRoot
  ) async throws -> Packages.BuildRequest {
    guard settings.build.ccache, let group = try cacheGroups().group(of: ready.spec.id) else { return ready }
    guard !group.isEmpty, !group.hasPrefix("."), !group.contains("/") else {
      throw CcacheError.unsafeName(group: group, path: settings.build.ccacheConfig)
    }
    var ready = ready
    ready.extra += try await packages.fetch(packages.addition("ccache", to: root, of: ready.spec))
    let folder = workspace.store.appending("ccache").appending(settings.arch).appending(group)
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    ready.cache = folder
    return ready
  }

  private func cacheGroups() throws -> CcacheGroups {
    let path = settings.build.ccacheConfig
    guard let data = FileManager.default.contents(atPath: workspace.tree.pushing(FilePath(path)).string)
    else {
      return CcacheGroups()
    }
    return try CcacheGroups(data, path: path)
  }
}

extension LivePackages {
  /// What a root lacks so that it holds a package of this name.
  func addition(_ name: String, to root: SettledRoot, of spec: SpecInfo) async throws -> [RepositoryPackage] {
    let there = Set(root.base.map(\.nevra.name) + root.extra.map(\.name))
    let published = root.extra.compactMap { item -> RepositoryPackage? in
      if case .published(let package) = item { package } else { nil }
    }
    let universe = try await universe()
    do {
      let found = try await universe.solve(
        SolveRequest(install: [Dependency(text: name, name: name)], base: root.base + published)
      ).extra
      return found.compactMap { item -> RepositoryPackage? in
        if case .published(let package) = item, !there.contains(package.nevra.name) { package } else { nil }
      }
    } catch {
      throw PackageError.unresolvable(spec: name, path: "[build] \(name), for \(spec.id)", error)
    }
  }
}
