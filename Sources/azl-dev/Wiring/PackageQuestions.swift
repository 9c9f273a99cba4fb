import AzureLinux
import Foundation
import Pipeline
import RPM
import Repositories
import Solver
import Storage
import SystemPackage

/// Who provides what, what is published, and what an image takes.
extension LivePackages {
  /// One file for each state of the metadata: what was asked of them stays true.
  private func factsFile() throws -> FilePath {
    workspace.store.appending("facts").appending(try snapshotDigest().hex)
  }

  /// What was asked is never forgotten, so each answer makes the file longer.
  func factsIdentity() async throws -> String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: factsFile().string)
    return "\(try snapshotDigest().hex) \((attributes?[.size] as? Int) ?? 0)"
  }

  func facts() async throws -> PublishedFacts {
    guard let data = FileManager.default.contents(atPath: try factsFile().string),
      let facts = try? PublishedFacts(packed: data)
    else { return PublishedFacts() }
    return facts
  }

  func facts(packages: Set<String>, names: Set<String>) async throws -> PublishedFacts {
    let facts = try await universe().facts(extending: facts(), packages: packages, names: names)
    let file = try factsFile()
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
    try AtomicFile.write(Data(facts.packed), to: file)
    return facts
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
