import AzureLinux
import Foundation
import Incremental

/// A rule about one spec: its key is the spec's path.
package protocol SpecRule: Rule where World == Pipeline.World {
  var spec: SpecLocation { get }
  init(spec: SpecLocation)
}

extension SpecRule {
  package var parameters: String { spec.path }
  package static func restored(from parameters: String) -> Self { Self(spec: SpecLocation(path: parameters)) }
}

/// All specs of the tree.
package struct SpecList: Input {
  package static let kind = "spec-list"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    try await context.world.tree.specs()
  }
  package static func encode(_ value: [SpecLocation]) -> Data {
    Data(value.map(\.path).joined(separator: "\n").utf8)
  }
  package static func decode(_ data: Data) -> [SpecLocation] {
    data.split(separator: UInt8(ascii: "\n")).map { SpecLocation(path: String(decoding: $0, as: UTF8.self)) }
  }
}

/// The specs of one package directory.
package struct SpecsIn: Input {
  package static let kind = "specs-in"
  package let directory: String
  package init(directory: String) { self.directory = directory }
  package var parameters: String { directory }
  package static func restored(from parameters: String) -> SpecsIn { SpecsIn(directory: parameters) }
  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    try await context.world.tree.specs(in: directory)
  }
}

/// The spec that a version macro means.
package struct SpecSpelled: Input {
  package static let kind = "spec-spelled"
  /// As the macros spell it.
  package let name: String
  package init(name: String) { self.name = name }
  package var parameters: String { name }
  package static func restored(from parameters: String) -> SpecSpelled { SpecSpelled(name: parameters) }
  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    try await context.world.tree.specs().filter { VersionMacros.isSpelling(name, of: $0.id) }
  }
}

/// The files of one package directory.
package struct SpecTree: Input, SpecRule {
  package static let kind = "spec-tree"
  package let spec: SpecLocation
  package init(spec: SpecLocation) { self.spec = spec }
  package func compute(_ context: Context<World>) async throws -> Digest {
    try await context.world.tree.digest(of: spec.directory)
  }
}

/// A file outside the package directory that a spec includes.
package struct IncludedFile: Input {
  package static let kind = "file"
  package let path: String
  package init(path: String) { self.path = path }
  package func compute(_ context: Context<World>) async throws -> Digest? {
    try await context.world.tree.digest(ofFile: path)
  }
}

/// The macros that every parse may read, as they lie ready for the workers. An input although they are made: what
/// they are made of reaches every spec, and mostly makes the same macros again.
package struct MacroSet: Input {
  package static let kind = "macros"
  package static let version = 3
  package init() {}
  package func compute(_ context: Context<World>) async throws -> Digest {
    try await context.world.specs.macros()
  }
  package func isIntact(_ value: Digest, in world: World) async -> Bool { await world.specs.hasMacros(value) }
}

/// The specs whose text reads versions of others, with their names as macros spell them.
package struct VersionReads: Input {
  package static let kind = "version-reads"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> [String: [String]] {
    try await context.world.specs.versionReads()
  }
}

/// The repositories' metadata and the worker manifest.
package struct RepositoryState: Input {
  package static let kind = "repositories"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> Digest {
    try await context.world.packages.snapshot()
  }
}

/// What differs from the baseline.
package struct Changes: Input {
  package static let kind = "changes"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> [TreeChange] {
    try await context.world.baseline.changes()
  }
}

/// Release version and build number, pinned from the baseline.
package struct Identity: Input {
  package static let kind = "identity"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> BuildIdentity {
    try await context.world.baseline.identity()
  }
}
