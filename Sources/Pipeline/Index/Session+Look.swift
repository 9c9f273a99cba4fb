import AzureLinux
import Incremental
import Synchronization

extension Session {
  /// Compares the whole tree, and what else may differ, with what the store remembers. The beginning of a session.
  ///
  /// - Parameters:
  ///   - indexed: the index will be asked; it is loaded meanwhile.
  ///   - look: at the whole tree, under way.
  package func open(indexed: Bool = false, after look: Task<Set<String>, any Error>) async throws {
    async let loaded: Void = indexed ? index.load() : ()
    _ = try await look.value
    try await compare()
    try await loaded
  }

  private func compare() async throws {
    let now = try await engine.world.tree.digest().hex
    let outside: Set<Key> = [
      try Changes().key, try RepositoryState().key, try MacroSet().key, try Identity().key,
      try SourceHandling().key, try Cutoff().key,
    ]
    guard try await engine.seen() != now else {
      try await engine.lookAgain(at: outside)
      return
    }
    try await engine.see(nil)
    let stored = try await engine.digests(kind: SpecTree.kind)
    let digests = try await engine.world.tree.digests()
    var edited: [SpecLocation] = []
    for spec in try await specs() {
      guard let digest = stored[spec.path], let now = digests[spec.directory],
        digest != (try SpecTree.digest(of: now))
      else { continue }
      edited.append(spec)
    }
    let inputs = try await treeInputs(edited, areSpecsTheSame: false)
    try await engine.lookAgain(at: inputs.union(outside))
    try await engine.see(now)
  }

  /// Looks again at what may have changed: files and folders relative to the tree; nil for everything.
  package func lookAgain(at paths: Set<String>?) async throws {
    let before = try await specs()
    let directories = try await engine.world.tree.look(at: paths)
    guard !directories.isEmpty else {
      // what is as it was may have been something else for a moment, just when git read it
      try await engine.lookAgain(at: [try Changes().key])
      return
    }
    try await engine.see(nil)
    let now = try await specs()
    var edited: [SpecLocation] = []
    for directory in directories.sorted() { edited += try await engine.world.tree.specs(in: directory) }
    var inputs = try await treeInputs(edited, in: directories, areSpecsTheSame: before == now)
    if try await engine.world.specs.haveMacros(directories) { inputs.insert(try MacroSet().key) }
    try await engine.lookAgain(at: inputs)
    // git is asked while the specs are parsed; what fails there fails again where it is needed
    async let parsed = try? index.bringUpToDate()
    try await engine.lookAgain(at: [try Changes().key])
    _ = await parsed
  }

  /// - Parameter directories: the only ones that differ; nil where that is not known.
  private func treeInputs(
    _ edited: [SpecLocation], in directories: Set<String>? = nil, areSpecsTheSame: Bool
  ) async throws -> Set<Key> {
    var inputs = Set(try edited.map { try SpecTree(spec: $0).key })
    if !areSpecsTheSame {
      inputs.insert(try SpecList().key)
      for directory in try await engine.digests(kind: SpecsIn.kind).keys {
        inputs.insert(try SpecsIn(directory: directory).key)
      }
      for name in try await engine.digests(kind: SpecSpelled.kind).keys {
        inputs.insert(try SpecSpelled(name: name).key)
      }
    }
    if try await moveVersionReads(edited, areSpecsTheSame) { inputs.insert(try VersionReads().key) }
    let included = try await engine.digests(kind: IncludedFile.kind).keys
    var untouched: Set<String> = []
    if let directories {
      untouched = await engine.world.tree.seen(Set(included.map(PackageDirectory.of))).subtracting(
        directories)
    }
    for path in included where !untouched.contains(PackageDirectory.of(path)) {
      inputs.insert(try IncludedFile(path: path).key)
    }
    return inputs
  }

  /// As the engine remembers them, decoded once.
  private func versionReads() async throws -> [String: [String]]? {
    guard let trace = try await engine.remembered(VersionReads()), let value = trace.value else { return nil }
    if let last = lastReads.withLock({ $0 }), last.digest == trace.digest { return last.reads }
    let reads = try VersionReads.decode(value)
    lastReads.withLock { $0 = (trace.digest, reads) }
    return reads
  }

  /// The table of who reads whose version is made from all texts; an edit moves what one spec has in it.
  /// - Returns: whether it differs.
  private func moveVersionReads(_ edited: [SpecLocation], _ areSpecsTheSame: Bool) async throws -> Bool {
    guard let known = try await versionReads() else { return false }
    var reads = known
    var isMoved = false
    for spec in edited {
      let names = await engine.world.specs.versionReads(of: spec)
      guard names != known[spec.path] ?? [] else { continue }
      reads[spec.path] = names.isEmpty ? nil : names
      isMoved = true
    }
    if !areSpecsTheSame {
      let there = Set(try await specs().map(\.path))
      reads = reads.filter { there.contains($0.key) }
      isMoved = reads != known
    }
    guard isMoved else { return false }
    await engine.world.specs.take(versionReads: reads)
    return true
  }
}
