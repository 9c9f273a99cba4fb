import AzureLinux
import Foundation
import Pipeline
import RPM
import Repositories
import Solver
import SystemPackage

/// Who provides what, what is published, and what an image takes.
extension LivePackages {
  func graph(_ specs: [SpecInfo]) async throws -> PackageGraph {
    let universe = try await universe(predicted(specs))
    let needs = specs.flatMap { $0.buildRequires + $0.packages.flatMap(\.requires) }
    let distinct = Array(Set(needs.map { Dependency(text: $0.text, name: $0.name, op: $0.op, evr: $0.evr) }))
    let answers = await universe.providers(of: distinct)
    let providers = Dictionary(
      zip(distinct.map(\.text), answers.map { Array(Set($0.map(\.nevra.name))).sorted() })
    ) { first, _ in first }
    func resolve(_ list: [Dependency]) -> [PackageGraph.Need] {
      list.map { PackageGraph.Need(dependency: $0, providers: providers[$0.text] ?? []) }
    }
    var packages: [String: PackageGraph.Package] = [:]
    for spec in specs {
      for package in spec.packages where packages[package.nevra.name] == nil {
        packages[package.nevra.name] = .init(spec: spec.id, requires: resolve(package.requires))
      }
    }
    return PackageGraph(
      packages: packages,
      buildRequires: Dictionary(specs.map { ($0.id, resolve($0.buildRequires)) }) { first, _ in first })
  }

  func source(ofPackage name: String) async throws -> String? {
    try await universe().newest(name: name)?.sourceName
  }

  func isPublished(_ spec: SpecInfo) async throws -> Bool {
    try await !exact(spec.packages.map(\.nevra).filter { !$0.isDebug }).isEmpty
  }

  /// All of these as published, or nothing.
  func exact(_ nevras: [NEVRA]) async throws -> [RepositoryPackage] {
    let universe = try await universe()
    var found: [RepositoryPackage] = []
    for nevra in nevras {
      if let package = await universe.package(nevra) { found.append(package) } else { return [] }
    }
    return found
  }

  /// What an image installs, in install order: published packages and, before them, those built here.
  func resolveImage(_ wanted: [Dependency], local specs: [ReplacedSpec]) async throws -> [RPMFile] {
    let universe = try await universe(specs)
    let solution: Solution
    do {
      solution = try await universe.solve(SolveRequest(install: wanted))
    } catch {
      throw PackageError.image(error)
    }
    let published = solution.packages.compactMap { item -> RepositoryPackage? in
      if case .published(let package) = item { package } else { nil }
    }
    let files = Dictionary(
      zip(published.map(\.digest), try await fetch(published))
    ) { first, _ in first }
    return solution.packages.compactMap { item in
      switch item {
      case .published(let package): files[package.digest]
      case .local(_, let file): file
      case .predicted: nil
      }
    }
  }
}
