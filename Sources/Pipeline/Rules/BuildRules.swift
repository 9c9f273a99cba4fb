import AzureLinux
import Foundation
import Incremental

/// The RPMs of one spec's build root.
package struct PlannedRoot: Rule {
  package static let kind = "plan"
  package let spec: SpecLocation
  package let extent: Extent
  /// With what `%check` requires besides.
  package let check: Bool
  package init(spec: SpecLocation, extent: Extent = Extent(), check: Bool = false) {
    self.spec = spec
    self.extent = extent
    self.check = check
  }

  package func compute(_ context: Context<World>) async throws -> BuildRootPlan {
    _ = try await context.need(RepositoryState())
    let plan = try await context.world.packages.plan(try await request(context))
    let others = try await substitutes(in: plan, context)
    if !others.isEmpty { try await context.world.packages.accept(others, for: spec) }
    return plan
  }

  /// Published packages that the tree's unchanged specs would make in another version.
  private func substitutes(in plan: BuildRootPlan, _ context: Context<World>) async throws -> [Substitute] {
    let specs = Dictionary(try await context.need(SpecList()).map { ($0.id, $0) }) { first, _ in first }
    let published = plan.extra.compactMap { item -> RepositoryPackage? in
      if case .published(let package) = item { package } else { nil }
    }
    let makers = Set(published.compactMap { package in specs[package.sourceName] })
      .subtracting([spec])
    let infos = try await context.need(all: makers.sorted().map { ParsedSpec(spec: $0) })
    let made = Dictionary(infos.flatMap(\.packages).map { ($0.nevra.name, $0.nevra) }) { first, _ in first }
    return published.compactMap { package in
      guard let own = made[package.nevra.name], own.evr != package.nevra.evr else { return nil }
      return Substitute(own: own, published: package.nevra)
    }
  }

  /// Changed specs other than this one: a spec that needs its own packages is built with the published ones.
  func request(_ context: Context<World>) async throws -> PlanRequest {
    let info = try await context.need(ParsedSpec(spec: spec))
    let unaware = extent.unaware(for: spec.id)
    let infos = try await context.need(
      all: own(context, but: unaware).map { ParsedSpec(spec: $0) })
    return PlanRequest(
      spec: spec.id, path: spec.path, requires: info.buildRequires + (check ? info.checkRequires : []),
      changed: infos.filter { $0.status == .ok }, unaware: unaware)
  }

  private func own(_ context: Context<World>, but unaware: Set<String>) async throws -> [SpecLocation] {
    // with the unaware ones: all roots of a build from scratch are then planned over one universe
    if extent.isFromScratch { return try await context.need(SpecList()) }
    var own = try await context.need(ChangedSpecs())
    let rebuilt = Set(extent.rebuilt.joined())
    if !rebuilt.isEmpty {
      own = Set(own + (try await context.need(SpecList())).filter { rebuilt.contains($0.id) }).sorted()
    }
    return own.filter { !unaware.contains($0.id) }
  }
}

/// The root with nothing left open: what is built here stands in it, except where it equals what is published. A
/// build with the published packages then holds on, as nothing in its root differs.
package struct BuildRoot: Rule {
  package static let kind = "root"
  package static let isExpensive = true
  package let spec: SpecLocation
  package let extent: Extent
  package let check: Bool
  package init(spec: SpecLocation, extent: Extent = Extent(), check: Bool = false) {
    self.spec = spec
    self.extent = extent
    self.check = check
  }

  package func compute(_ context: Context<World>) async throws -> SettledRoot {
    let planned = PlannedRoot(spec: spec, extent: extent, check: check)
    let plan = try await context.need(planned)
    let specs = try await context.need(SpecList())
    let local = plan.localSpecs.compactMap { id in specs.first { $0.id == id } }
    let built = try await context.need(
      all: local.map { Interface(spec: $0, extent: extent.inside($0.id)) })
    let published = try await context.need(all: local.map { PublishedInterface(spec: $0) })
    let different = zip(built, published).filter { $0 != $1 }.map(\.0)
    return try await context.world.packages.settle(planned.request(context), built: different)
  }
}

/// One spec, built.
package struct Build: Rule {
  package static let kind = "build"
  package static let isExpensive = true
  package let spec: SpecLocation
  package let extent: Extent
  package init(spec: SpecLocation, extent: Extent = Extent()) {
    self.spec = spec
    self.extent = extent
  }

  package func compute(_ context: Context<World>) async throws -> BuiltPackage {
    try await context.world.builder.build(
      BuildRequest(context, spec: spec, root: BuildRoot(spec: spec, extent: extent)))
  }

  package func isIntact(_ value: BuiltPackage, in world: World) async -> Bool {
    await world.builder.isIntact(value)
  }
}

/// The verdict of one spec's `%check`, run in a root of its own: no package is built differently for it.
package struct Check: Rule {
  package static let kind = "check"
  package static let isExpensive = true
  package let spec: SpecLocation
  package let extent: Extent
  package init(spec: SpecLocation, extent: Extent = Extent()) {
    self.spec = spec
    self.extent = extent
  }

  package func compute(_ context: Context<World>) async throws -> CheckOutcome {
    try await context.world.builder.check(
      BuildRequest(context, spec: spec, root: BuildRoot(spec: spec, extent: extent, check: true)))
  }
}

extension BuildRequest {
  fileprivate init(_ context: Context<World>, spec: SpecLocation, root: BuildRoot) async throws {
    let info = try await context.need(ParsedSpec(spec: spec))
    switch info.status {
    case .ok: break
    case .excluded: throw PipelineError.excluded(spec: spec.id, path: spec.path)
    case .failed: throw PipelineError.unparsable(spec: spec.id, findings: info.findings)
    }
    location = spec
    self.info = info
    tree = try await context.need(SpecTree(spec: spec))
    identity = try await context.need(Identity())
    self.root = try await context.need(root)
    versions = try await VersionsOfOthers.find(info.reads, for: spec, context)
  }
}

/// What dependents see of a built spec: they read this, never the build itself. Debug packages are made for
/// people and in no build root.
package struct Interface: Rule {
  package static let kind = "interface"
  package static let isExpensive = true
  package let spec: SpecLocation
  package let extent: Extent
  package init(spec: SpecLocation, extent: Extent = Extent()) {
    self.spec = spec
    self.extent = extent
  }

  package func compute(_ context: Context<World>) async throws -> PackageInterface {
    PackageInterface(of: try await context.need(Build(spec: spec, extent: extent)))
  }
}

extension PackageInterface {
  init(of built: BuiltPackage) {
    self.init(
      packages: built.rpms.filter { !$0.file.nevra.isDebug }.map { rpm in
        Package(
          nevra: rpm.file.nevra, path: "RPMS/\(rpm.file.nevra.arch)/\(rpm.file.nevra.fileName)",
          content: rpm.content)
      }.sorted { $0.path < $1.path })
  }
}

/// What dependents saw before anything was changed: the published packages of a spec.
package struct PublishedInterface: Rule {
  package static let kind = "published"
  package static let isExpensive = true
  package let spec: SpecLocation
  package init(spec: SpecLocation) { self.spec = spec }

  package func compute(_ context: Context<World>) async throws -> PackageInterface? {
    _ = try await context.need(RepositoryState())
    return try await context.world.builder.published(try await context.need(ParsedSpec(spec: spec)))
  }
}

/// Every rule of the pipeline, for the engine.
package enum PipelineRules {
  package static let all: [RuleKind<World>] = [
    RuleKind(SpecList.self), RuleKind(SpecsIn.self), RuleKind(SpecTree.self), RuleKind(IncludedFile.self),
    RuleKind(MacroSet.self), RuleKind(RepositoryState.self), RuleKind(Changes.self), RuleKind(Identity.self),
    RuleKind(ParsedSpec.self), RuleKind(VersionReads.self),
    RuleKind(ChangedSpecs.self), RuleKind(ReadersOfMoved.self),
    RuleKind(PlannedRoot.self), RuleKind(BuildRoot.self), RuleKind(Build.self), RuleKind(Check.self),
    RuleKind(Interface.self), RuleKind(PublishedInterface.self),
  ]

  /// The spec that a key is about.
  static func spec(of key: Key) -> SpecLocation? {
    if key.parameters.hasSuffix(".spec") { return SpecLocation(path: key.parameters) }
    struct Named: Decodable { var spec: SpecLocation? }
    return (try? JSONDecoder().decode(Named.self, from: Data(key.parameters.utf8)))?.spec
  }
}
