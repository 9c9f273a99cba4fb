import AzureLinux
import Incremental

/// Specs whose package directory differs from the baseline, or which read the version of one that does.
package struct ChangedSpecs: Rule {
  package static let kind = "changed-specs"
  package static let version = 2
  package init() {}

  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    let changes = try await context.need(Changes())
    guard !changes.isEmpty else { return [] }
    let directories = Set(changes.flatMap { [$0.path, $0.oldPath ?? $0.path] }.map(PackageDirectory.of))
    let edited = try await context.need(all: directories.sorted().map { SpecsIn(directory: $0) }).flatMap(
      \.self)
    guard !edited.isEmpty else { return [] }
    return Set(edited + (try await StaleReaders.find(of: edited, context))).sorted()
  }
}

/// Specs that read the version of an edited spec, where that version is no longer the published one.
enum StaleReaders {
  static func find(
    of edited: [SpecLocation], _ context: Context<World>
  ) async throws -> [SpecLocation] {
    let reads = try await context.need(VersionReads())
    func readers(of ids: [String]) -> [SpecLocation] {
      let names = Set(ids.map(VersionMacros.spelling))
      return reads.filter { !names.isDisjoint(with: $0.value) }.keys.sorted().map { SpecLocation(path: $0) }
        .filter { !ids.contains($0.id) }
    }
    guard !readers(of: edited.map(\.id)).isEmpty else { return [] }
    _ = try await context.need(RepositoryState())
    var moved: [String] = []
    for info in try await context.need(all: edited.map { ParsedSpec(spec: $0) }) {
      if try await !context.world.packages.isPublished(info) { moved.append(info.id) }
    }
    return readers(of: moved)
  }
}

/// Specs that read the version of one of these, where it moved.
package struct ReadersOfMoved: Rule {
  package static let kind = "readers-of-moved"
  package let edited: [SpecLocation]

  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    try await StaleReaders.find(of: edited, context)
  }
}

/// The package directory that a path of the tree belongs to.
package enum PackageDirectory {
  package static func of(_ path: String) -> String {
    path.split(separator: "/").prefix(2).joined(separator: "/")
  }
}
