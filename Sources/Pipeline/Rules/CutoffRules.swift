import AzureLinux
import Foundation
import Incremental

/// What decides whether a dependent is built again. An input: another mode is a reason, never a stale answer.
package struct Cutoff: Input {
  package static let kind = "cutoff"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> CutoffMode {
    await context.world.builder.cutoff
  }
}

/// Whether builds are watched for what they open. All builds read it, so it stays as it is between the other modes.
package struct Observing: Rule {
  package static let kind = "observing"
  package init() {}
  package func compute(_ context: Context<World>) async throws -> Bool {
    try await context.need(Cutoff()) == .observed
  }
}

/// What dependents see of a built spec: they read this, never the build itself. Debug packages are made for
/// people and in no build root.
package struct Interface: Rule {
  package static let kind = "interface"
  package static let isExpensive = true
  package let spec: SpecLocation
  package let extent: Extent
  /// Whatever dependents are compared by: the content.
  package let isExact: Bool
  package init(spec: SpecLocation, extent: Extent = Extent(), isExact: Bool = false) {
    self.spec = spec
    self.extent = extent
    self.isExact = isExact
  }

  package func compute(_ context: Context<World>) async throws -> PackageInterface {
    let mode = isExact ? .exact : try await context.need(Cutoff())
    let built = try await context.need(Build(spec: spec, extent: extent))
    let rpms = built.rpms.filter { !$0.file.nevra.isDebug }
    switch mode {
    case .exact, .observed: return PackageInterface(of: built)
    case .interface:
      return PackageInterface(rpms, try await context.world.builder.interfaces(of: rpms.map(\.file)))
    // what went in, so that each build with other inputs is another package to dependents
    case .names: return PackageInterface(rpms, rpms.map { _ in built.key })
    }
  }
}

extension PackageInterface {
  /// By content.
  init(of built: BuiltPackage) {
    let rpms = built.rpms.filter { !$0.file.nevra.isDebug }
    self.init(rpms, rpms.map(\.content))
  }

  fileprivate init(_ rpms: [BuiltRPM], _ contents: [Digest]) {
    self.init(
      packages: zip(rpms, contents).map { rpm, content in
        Package(
          nevra: rpm.file.nevra, path: "RPMS/\(rpm.file.nevra.arch)/\(rpm.file.nevra.fileName)",
          content: content)
      }.sorted { $0.path < $1.path })
  }
}

/// What dependents saw before anything was changed: the published packages of a spec. Nil when they are not all
/// published, or when dependents follow builds and not what came of them.
package struct PublishedInterface: Rule {
  package static let kind = "published"
  package static let isExpensive = true
  package let spec: SpecLocation
  package let isExact: Bool
  package init(spec: SpecLocation, isExact: Bool = false) {
    self.spec = spec
    self.isExact = isExact
  }

  package func compute(_ context: Context<World>) async throws -> PackageInterface? {
    let mode = isExact ? .exact : try await context.need(Cutoff())
    guard mode != .names else { return nil }
    _ = try await context.need(RepositoryState())
    return try await context.world.builder.published(
      try await context.need(ParsedSpec(spec: spec)), isInterface: mode == .interface)
  }
}

/// Of unchanged specs that are built again for changed ones, those whose packages end up in a spec's root, and
/// those that these were built with.
package struct RebuiltBelow: Rule {
  package static let kind = "rebuilt-below"
  package let spec: SpecLocation
  /// With more that was built again than the spec may have to do with.
  package let extent: Extent

  package func compute(_ context: Context<World>) async throws -> [String] {
    let others = Set(extent.rebuilt.joined()).subtracting([spec.id])
    guard !others.isEmpty else { return [] }
    let plan = try await context.need(PlannedRoot(spec: spec, extent: extent))
    let direct = plan.localSpecs.filter(others.contains)
    let specs = try await context.need(SpecList()).filter { direct.contains($0.id) }
    let below = try await context.need(
      all: specs.map { RebuiltBelow(spec: $0, extent: extent.inside($0.id)) })
    return Set(direct + below.flatMap(\.self)).sorted()
  }
}

/// Which files a build can see: names, kinds, owners, modes and targets of links, but not what is in them.
package struct RootNames: Rule {
  package static let kind = "root-names"
  package static let isExpensive = true
  package let root: BuildRoot

  package func compute(_ context: Context<World>) async throws -> Digest {
    try await context.world.builder.names(in: try await context.need(root))
  }
}

/// What is in the files that a build opened.
package struct OpenedFiles: Rule {
  package static let kind = "opened"
  package static let isExpensive = true
  package let root: BuildRoot
  /// Names a list of files in the content store.
  package let list: Digest

  package func compute(_ context: Context<World>) async throws -> Digest {
    try await context.world.builder.contents(of: list, in: try await context.need(root))
  }
}

/// A spec built once more, with everything as it is now, to see whether leaving out its build was right. Nothing of it
/// is kept but what its packages are like.
package struct Trial: Rule {
  package static let kind = "trial"
  package static let isExpensive = true
  package let spec: SpecLocation
  package let extent: Extent

  package func compute(_ context: Context<World>) async throws -> [PackageInterface.Package] {
    try await context.world.builder.trial(
      BuildRequest(
        context, spec: spec,
        root: try await context.need(BuildRoot(spec: spec, extent: extent, purpose: .whole))))
  }
}
