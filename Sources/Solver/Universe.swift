import AzureLinux
import CSolv

/// All packages that there are to choose from: those of the repositories, and over them those of changed specs.
///
/// The repositories are fixed; another snapshot is another universe. What a query answers depends on nothing but
/// these, the replaced specs given by `replace`, and the query itself.
package actor Universe {
  package nonisolated let sources: [RepositorySource]
  private let executor = BlockingExecutor("universe")
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  let packages: PackagePool
  var replacements: Replacements?
  private var repositories: [UnsafeMutablePointer<Repo>] = []
  private var bySource: [String: [Id]]?

  private init(arch: String, sources: [RepositorySource]) {
    self.sources = sources
    packages = PackagePool(arch: arch)
  }

  /// Loads the metadata, from their parsed form where there is one.
  package static func open(arch: String, _ sources: [RepositorySource]) async throws(SolverError) -> Universe
  {
    let universe = Universe(arch: arch, sources: sources)
    try await universe.load()
    return universe
  }

  private func load() throws(SolverError) {
    for source in sources { repositories.append(try packages.load(source)) }
    index()
  }

  private func index() {
    pool_addfileprovides(packages.pool)
    pool_createwhatprovides(packages.pool)
  }

  /// From now on these packages stand for the published ones of the same source packages.
  package func replace(_ specs: [ReplacedSpec]) {
    guard specs != replacements?.specs ?? [] else { return }
    if let old = replacements {
      repo_free(old.repo, 1)
      replacements = nil
      // predictions look the published packages up, which the index must name correctly
      index()
    }
    guard !specs.isEmpty else { return }
    let priority = repositories.map(\.pointee.priority).max() ?? 0
    replacements = packages.add(specs, priority: priority)
    index()
  }

  package var count: Int { repositories.map { Int($0.pointee.nsolvables) }.reduce(0, +) }

  /// What a query that knows nothing of the specs in `unaware` may see.
  func visibility(unaware: Set<String> = []) -> Visibility {
    let aware = (replacements?.specs ?? []).filter { !unaware.contains($0.spec) }
    var replaced: [Id: String] = [:]
    for spec in aware {
      for id in published(ofSource: spec.source.name) { replaced[id] = spec.spec }
    }
    let unseen = replacements?.specOf.filter { unaware.contains($0.value) }.map(\.key) ?? []
    return Visibility(replaced: replaced, unseen: Set(unseen))
  }

  func published(ofSource name: String) -> [Id] {
    if let bySource { return bySource[name] ?? [] }
    var index: [String: [Id]] = [:]
    for repository in repositories {
      for id in repository.pointee.start..<repository.pointee.end where packages.repository(id) == repository
      {
        index[packages.sourceName(id), default: []].append(id)
      }
    }
    bySource = index
    return index[name] ?? []
  }

  func resolved(_ id: Id) -> ResolvedPackage {
    replacements?.origins[id] ?? .published(packages.published(id))
  }
}

/// Which solvables a query leaves out.
struct Visibility {
  /// Published packages that a changed spec replaces, with the spec.
  var replaced: [Id: String]
  /// Packages of changed specs that the query knows nothing of.
  var unseen: Set<Id>

  func shows(_ id: Id) -> Bool { replaced[id] == nil && !unseen.contains(id) }
}
