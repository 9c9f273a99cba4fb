import AzureLinux
import Incremental

/// How builds come to their sources: whether signatures count, and whether published SRPMs are built.
package struct SourceHandling: Input {
  package static let kind = "source-handling"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> SourcePolicy {
    try await context.world.builder.sourcePolicy()
  }
}

/// What one spec is built from, found and verified. Sources that were taken unchecked and then fit their signatures
/// are the same sources: the build stands.
package struct Sources: Rule {
  package static let kind = "sources"
  package static let isExpensive = true
  package let spec: SpecLocation
  package init(spec: SpecLocation) { self.spec = spec }

  package func compute(_ context: Context<World>) async throws -> SourceContent {
    let info = try await context.need(ParsedSpec(spec: spec))
    _ = try await context.need(SpecTree(spec: spec))
    let policy = try await context.need(SourceHandling())
    return try await context.world.builder.sources(of: info, policy)
  }
}
