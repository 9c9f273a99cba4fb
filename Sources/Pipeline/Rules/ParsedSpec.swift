import AzureLinux
import Incremental

/// One spec as the target's rpm reads it.
package struct ParsedSpec: Rule {
  package static let kind = "spec"
  package let spec: SpecLocation
  package init(spec: SpecLocation) { self.spec = spec }

  package func compute(_ context: Context<World>) async throws -> SpecInfo {
    _ = try await context.need(SpecTree(spec: spec))
    _ = try await context.need(MacroSet())
    let versions = try await context.need(VersionReads(spec: spec))
    return try await context.world.specs.parse(spec, versions: versions)
  }
}

/// Versions of the specs that this spec reads through `%azl_<spec>_version` and its like.
package struct VersionReads: Rule {
  package static let kind = "version-reads"
  package let spec: SpecLocation

  package func compute(_ context: Context<World>) async throws -> [String: EVR] {
    _ = try await context.need(SpecTree(spec: spec))
    let names = try await context.world.specs.versionReads(of: spec)
    guard !names.isEmpty else { return [:] }
    let specs = try await context.need(SpecList()).filter { other in
      other.id != spec.id && names.contains(other.id.replacing("-", with: "_"))
    }
    let infos = try await context.need(all: specs.map { ParsedSpec(spec: $0) })
    return Dictionary(infos.compactMap { info in info.source.map { (info.id, $0.evr) } }) { first, _ in first
    }
  }
}

/// Specs whose package directory differs from the baseline, or which read the version of one that does.
package struct ChangedSpecs: Rule {
  package static let kind = "changed-specs"
  package init() {}

  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    let changes = try await context.need(Changes())
    let specs = try await context.need(SpecList())
    let directories = Set(changes.flatMap { [$0.path, $0.oldPath ?? $0.path] }.map(PackageDirectory.of))
    let edited = specs.filter { directories.contains($0.directory) }
    guard !edited.isEmpty else { return [] }
    return Set(edited + (try await context.need(StaleReaders(edited: edited)))).sorted()
  }
}

/// Specs that read the version of an edited spec, where that version is no longer the published one.
package struct StaleReaders: Rule {
  package static let kind = "stale-readers"
  package let edited: [SpecLocation]

  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    let readers = try await context.need(VersionReaders(of: edited.map(\.id)))
    guard !readers.isEmpty else { return [] }
    _ = try await context.need(RepositoryState())
    var moved: [String] = []
    for info in try await context.need(all: edited.map { ParsedSpec(spec: $0) }) {
      if try await !context.world.packages.isPublished(info) { moved.append(info.id) }
    }
    return moved.isEmpty ? [] : try await context.need(VersionReaders(of: moved))
  }
}

/// Specs whose text reads the version or release of one of these.
package struct VersionReaders: Input {
  package static let kind = "version-readers"
  package let of: [String]

  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    try await context.world.specs.versionReaders(of: of)
  }
}

/// The package directory that a path of the tree belongs to.
package enum PackageDirectory {
  package static func of(_ path: String) -> String {
    path.split(separator: "/").prefix(2).joined(separator: "/")
  }
}
