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
    // before the others: a spec that does not parse says so itself
    _ = try await context.need(ParsedSpec(spec: spec))
    return try await request(context, changed: own(context, but: extent.unaware(for: spec.id)))
  }

  /// - Parameter changed: those whose published packages do not count.
  func request(_ context: Context<World>, changed: [SpecLocation]) async throws -> PlanRequest {
    let info = try await context.need(ParsedSpec(spec: spec))
    let infos = try await context.need(all: changed.map { ParsedSpec(spec: $0) })
    return PlanRequest(
      spec: spec.id, path: spec.path, requires: info.buildRequires + (check ? info.checkRequires : []),
      changed: infos.filter { $0.status == .ok }, unaware: extent.unaware(for: spec.id))
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

/// The root with nothing left open: what is built here stands in it, except for packages that equal the published
/// ones. A build with these then holds on, as nothing in its root differs.
package struct BuildRoot: Rule {
  package enum Purpose: String, Codable, Sendable {
    case build
    /// With what `%check` requires, which runs what is in the root: only equal content is equal.
    case check
    /// All that was built here, whatever it equals: what a build is really made in.
    case whole
  }
  package static let kind = "root"
  package static let isExpensive = true
  package let spec: SpecLocation
  package let extent: Extent
  package let purpose: Purpose
  package init(spec: SpecLocation, extent: Extent = Extent(), purpose: Purpose = .build) {
    self.spec = spec
    self.extent = extent
    self.purpose = purpose
  }

  package func compute(_ context: Context<World>) async throws -> SettledRoot {
    let planned = PlannedRoot(spec: spec, extent: extent, check: purpose == .check)
    let plan = try await context.need(planned)
    let specs = try await context.need(SpecList())
    let local = plan.localSpecs.compactMap { id in specs.first { $0.id == id } }
    var inside = local.map { extent.inside($0.id) }
    if !extent.rebuilt.isEmpty {
      let below = try await context.need(
        all: zip(local, inside).map { RebuiltBelow(spec: $0, extent: $1) })
      inside = zip(inside, below).map { $0.keeping($1) }
    }
    let isExact = purpose != .build
    let built = try await context.need(
      all: zip(local, inside).map { Interface(spec: $0, extent: $1, isExact: isExact) })
    var published: [PackageInterface?] = []
    if purpose != .whole {
      published = try await context.need(
        all: local.map { PublishedInterface(spec: $0, isExact: isExact) })
    }
    // of the changed specs only those in the plan: whatever else is edited leaves this root as it is
    return try await context.world.packages.settle(
      planned.request(context, changed: local), built: built, published: published.compactMap(\.self))
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
    let root = BuildRoot(spec: spec, extent: extent)
    guard try await !context.need(Observing()) else { return try await observed(in: root, context) }
    var request = try await BuildRequest(context, spec: spec, root: try await context.need(root))
    // a package that looks the same to other builds may do something else: what is built now sees it as it is now
    request.files = try await context.glance(BuildRoot(spec: spec, extent: extent, purpose: .whole))
    return try await context.world.builder.build(request)
  }

  /// What it opened is known only when it is built, and is all that it depends on. If the root became another one
  /// meanwhile, what is in those files now says whether that matters.
  private func observed(in root: BuildRoot, _ context: Context<World>) async throws -> BuiltPackage {
    while true {
      _ = try await context.need(RootNames(root: root))
      let settled = try await context.glance(root)
      let built = try await context.world.builder.build(
        BuildRequest(context, spec: spec, root: settled, isObserved: true))
      guard let opened = built.opened else {
        _ = try await context.need(root)
        return built
      }
      let now = try await context.need(OpenedFiles(root: root, list: opened.list))
      if now == opened.contents { return built }
    }
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
      BuildRequest(
        context, spec: spec,
        root: try await context.need(BuildRoot(spec: spec, extent: extent, purpose: .check))))
  }
}

extension BuildRequest {
  init(
    _ context: Context<World>, spec: SpecLocation, root: @autoclosure () async throws -> SettledRoot,
    isObserved: Bool = false
  ) async throws {
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
    // before the root, for which others may have to be built
    sources = try await context.need(Sources(spec: spec))
    self.root = try await root()
    files = self.root
    self.isObserved = isObserved
    versions = try await VersionsOfOthers.find(info.reads, for: spec, context)
  }
}

/// What a build of a spec would be given now, for those who want its root and not its packages.
package struct ReadyBuild: Rule {
  package static let kind = "ready"
  package static let isExpensive = true
  package let spec: SpecLocation
  /// Nil for a plain one, whose key stays as it was.
  package let extent: Extent?
  package let check: Bool
  package init(spec: SpecLocation, extent: Extent = Extent(), check: Bool = false) {
    self.spec = spec
    self.extent = extent == Extent() ? nil : extent
    self.check = check
  }

  package func compute(_ context: Context<World>) async throws -> BuildRequest {
    let root = BuildRoot(spec: spec, extent: extent ?? Extent(), purpose: check ? .check : .build)
    return try await BuildRequest(context, spec: spec, root: try await context.need(root))
  }
}

/// Every rule of the pipeline, for the engine.
package enum PipelineRules {
  package static let all: [RuleKind<World>] = [
    RuleKind(SpecList.self), RuleKind(SpecsIn.self), RuleKind(SpecSpelled.self), RuleKind(SpecTree.self),
    RuleKind(IncludedFile.self),
    RuleKind(MacroSet.self), RuleKind(RepositoryState.self), RuleKind(Changes.self), RuleKind(Identity.self),
    RuleKind(ParsedSpec.self), RuleKind(VersionReads.self),
    RuleKind(ChangedSpecs.self), RuleKind(ReadersOfMoved.self),
    RuleKind(SourceHandling.self), RuleKind(Sources.self),
    RuleKind(PlannedRoot.self), RuleKind(BuildRoot.self), RuleKind(Build.self), RuleKind(Check.self),
    RuleKind(ReadyBuild.self),
    RuleKind(Interface.self), RuleKind(PublishedInterface.self), RuleKind(RebuiltBelow.self),
    RuleKind(Cutoff.self), RuleKind(Observing.self), RuleKind(RootNames.self), RuleKind(OpenedFiles.self),
    RuleKind(Trial.self),
  ]

  /// The spec that a key is about.
  static func spec(of key: Key) -> SpecLocation? {
    if key.parameters.hasSuffix(".spec") { return SpecLocation(path: key.parameters) }
    struct Named: Decodable {
      struct Root: Decodable { var spec: SpecLocation }
      var spec: SpecLocation?
      var root: Root?
    }
    let named = try? JSONDecoder().decode(Named.self, from: Data(key.parameters.utf8))
    return named?.spec ?? named?.root?.spec
  }
}
