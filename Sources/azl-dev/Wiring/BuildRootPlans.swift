import AzureLinux
import Foundation
import Pipeline
import RPM
import Repositories
import Solver
import SystemPackage
import Terminal

/// What goes into a build root, decided by libsolv.
extension LivePackages {
  func predicted(_ specs: [SpecInfo]) -> [ReplacedSpec] {
    specs.compactMap { info in
      info.source.map { ReplacedSpec(spec: info.id, source: $0, packages: .predicted(info.packages)) }
    }.sorted { $0.spec < $1.spec }
  }

  func plan(_ request: PlanRequest) async throws -> BuildRootPlan {
    var (base, notices) = try await base()
    let kept = request.changed.filter { inBase($0, base) }
    if !kept.isEmpty {
      // from scratch, that is the whole base
      let names = kept.count > 5 ? "packages of \(kept.count) specs" : kept.map(\.id).joined(separator: ", ")
      notices.append("build roots keep the published \(names): they are the base")
    }
    for notice in notices { report(.notice(notice)) }
    let universe = try await universe(predicted(request.changed.filter { !inBase($0, base) }))
    let solution = try await solve(universe, request, base)
    return BuildRootPlan(
      base: base,
      extra: solution.map { item in
        switch item {
        case .published(let package): .published(package)
        case .predicted(let spec, let nevra): .local(spec: spec, package: nevra.name)
        case .local(let spec, let file): .local(spec: spec, package: file.nevra.name)
        }
      }, notices: notices)
  }

  func accept(_ substitutes: [Substitute], for spec: SpecLocation) async throws {
    guard let first = substitutes.first else { return }
    if strict {
      throw PackageError.otherVersion(
        spec: spec.id, own: first.own.description, published: first.published.description,
        others: substitutes.count - 1)
    }
    let count = Figure.count(substitutes.count, "package")
    report(
      .notice(
        "\(spec.id) builds with \(count) published in another version than the tree's: "
          + "\(first.own) → \(first.published.evr)\(substitutes.count > 1 ? " …" : "")"))
  }

  /// A package of the base layer stays as published: all roots share the layer.
  private func inBase(_ spec: SpecInfo, _ base: [RepositoryPackage]) -> Bool {
    let names = Set(spec.packages.map(\.nevra.name))
    return base.contains { names.contains($0.nevra.name) }
  }

  func settle(
    _ request: PlanRequest, built: [PackageInterface], published: [PackageInterface]
  ) async throws -> SettledRoot {
    let (base, _) = try await base()
    // what this spec needs of the changed ones is there now; the others stay out of its root
    var replaced: [ReplacedSpec] = []
    let files = Dictionary(
      built.flatMap(\.packages).map { ($0.nevra.description, $0) }
    ) { first, _ in first }
    for info in request.changed where !inBase(info, base) {
      guard let source = info.source else { continue }
      let packages = built.first { interface in
        interface.packages.contains { package in info.packages.contains { $0.nevra == package.nevra } }
      }
      guard let packages else { continue }
      replaced.append(
        ReplacedSpec(spec: info.id, source: source, packages: .local(try packages.packages.map(local))))
    }
    let universe = try await universe(replaced.sorted { $0.spec < $1.spec })
    let same = Set(published.flatMap(\.packages))
    var extra: [SettledRoot.Item] = []
    for item in try await solve(universe, request, base) {
      switch item {
      case .published(let package): extra.append(.published(package))
      case .local(_, let file):
        guard let package = files[file.nevra.description] else {
          throw TreeError.unreadable(file.path, "not built")
        }
        if same.contains(package), let equal = try await self.universe().package(package.nevra) {
          extra.append(.published(equal))
        } else {
          extra.append(.built(package))
        }
      case .predicted(let spec, let nevra): throw TreeError.unreadable("\(nevra) of \(spec)", "not built")
      }
    }
    return SettledRoot(base: base, extra: extra)
  }

  private func local(_ package: PackageInterface.Package) throws -> LocalPackage {
    let path = workspace.out.appending(package.path)
    var facts = stat()
    guard stat(path.string, &facts) == 0 else { throw TreeError.unreadable(path.string, "not there") }
    let file = RPMFile(
      nevra: package.nevra, path: path.string, digest: package.content, size: Int64(facts.st_size))
    return try RPMHeader.read(path).localPackage(file)
  }

  private func solve(
    _ universe: Universe, _ request: PlanRequest, _ base: [RepositoryPackage]
  ) async throws -> [ResolvedPackage] {
    do {
      return try await universe.solve(
        SolveRequest(install: request.requires, base: base, unaware: request.unaware)
      ).extra
    } catch {
      throw PackageError.unresolvable(spec: request.spec, path: request.path, error)
    }
  }
}
