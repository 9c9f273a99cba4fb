import AzureLinux
import Incremental

/// All specs of the tree.
package struct SpecList: Input {
  package static let kind = "spec-list"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> [SpecLocation] {
    try await context.world.specs.list()
  }
}

/// The files of one package directory.
package struct SpecTree: Input {
  package static let kind = "spec-tree"
  package let spec: SpecLocation
  package init(spec: SpecLocation) { self.spec = spec }
  package func compute(_ context: Context<World>) async throws -> Digest {
    try await context.world.specs.digest(of: spec)
  }
}

/// The macros that every parse may read.
package struct MacroSet: Input {
  package static let kind = "macros"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> Digest {
    try await context.world.specs.macros()
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
