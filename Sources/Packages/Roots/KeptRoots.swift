import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// The kept roots of a workspace: at most one of each failed build, the oldest go first when the budget is met, never
/// one that somebody is in.
package struct KeptRoots: Sendable {
  private let layers: RootLayers
  /// Bytes for all of them.
  private let budget: Int64
  private var workspace: Workspace { layers.workspace }

  package init(layers: RootLayers, budget: Int64) {
    self.layers = layers
    self.budget = budget
  }

  private var folder: FilePath { workspace.roots }
  private func record(_ name: String) -> FilePath { folder.appending(name).appending("root.json") }

  /// Oldest first.
  package func all() -> [KeptRoot] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    return names.compactMap { name in
      FileManager.default.contents(atPath: record(name).string)
        .flatMap { try? JSONDecoder().decode(KeptRoot.self, from: $0) }
    }.sorted { ($0.madeAt, $0.name) < ($1.madeAt, $1.name) }
  }

  /// The newest of a failed build of the spec.
  package func failed(_ spec: String, purpose: BuildRequest.Purpose? = nil) -> KeptRoot? {
    all().last { $0.kind == .failed && $0.spec == spec && (purpose == nil || $0.purpose == purpose) }
  }

  // MARK: keeping

  /// Takes over the scratch of a build that failed.
  /// - Returns: nil when it is larger than all that may be kept.
  func keep(_ scratch: BuildScratch, _ request: BuildRequest, stage: BuildStage, layer: RootLayer) async
    -> KeptRoot?
  {
    let bytes = await DiskUse.of([scratch.path], privilege: layers.privilege).first ?? 0
    let old = all().filter {
      $0.kind == .failed && $0.spec == request.spec.id && $0.purpose == request.purpose
    }
    for root in old { await remove(root) }
    guard bytes <= budget else { return nil }
    let root = KeptRoot(
      name: "\(request.spec.id)-\(UUID().uuidString.prefix(8).lowercased())", kind: .failed, request: request,
      stage: stage, layer: layer, bytes: bytes)
    do {
      try Artifacts.folder(folder)
      // its record first: a kill in between leaves a folder of scratch, which goes at the next start
      try JSONEncoder().encode(root).write(to: URL(filePath: scratch.path.appending("root.json").string))
      guard rename(scratch.path.string, folder.appending(root.name).string) == 0 else { return nil }
    } catch { return nil }  // the failure is what counts; its root is an extra
    await prune(to: budget, sparing: root.name)
    return root
  }

  func save(_ root: KeptRoot) throws(PackagesError) {
    do {
      try AtomicFile.write(JSONEncoder().encode(root), to: record(root.name), isDurable: false)
    } catch {
      throw .file(path: record(root.name).string, doing: "write", error as? Errno ?? .ioError)
    }
  }

  /// A build of the spec has succeeded: nobody asks any more how it failed.
  package func forget(_ spec: String, purpose: BuildRequest.Purpose) async {
    for root in all() where root.kind == .failed && root.spec == spec && root.purpose == purpose {
      await remove(root)
    }
  }

  /// Removes the oldest until the rest fits.
  /// - Returns: what went.
  @discardableResult
  package func prune(to budget: Int64, sparing name: String? = nil) async -> [KeptRoot] {
    var roots = all().filter { $0.kind == .failed }
    var sum = roots.map(\.bytes).reduce(0, +)
    var gone: [KeptRoot] = []
    while sum > budget, let oldest = roots.first {
      roots.removeFirst()
      guard oldest.name != name, await remove(oldest) else { continue }
      sum -= oldest.bytes
      gone.append(oldest)
    }
    return gone
  }

  /// Whether it is gone; one that is in use stays.
  @discardableResult
  package func remove(_ root: KeptRoot) async -> Bool {
    guard let hold = hold(root.name) else { return false }
    await layers.remove(folder.appending(root.name))
    return withExtendedLifetime(hold) { true }
  }

  /// What a killed process left: roots of shells that are gone, folders without a record.
  package func removeAbandoned() async {
    let kept = Set(all().filter { $0.kind == .failed }.map(\.name))
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    for name in names where !kept.contains(name) {
      guard let hold = hold(name) else { continue }
      await layers.remove(folder.appending(name))
      withExtendedLifetime(hold) {}
    }
  }

  // MARK: using

  /// The right to be in a root, as long as it is held; nil when somebody else is.
  private func hold(_ name: String) -> StateLock? {
    (try? StateLock(folder.appending(name).appending("lock"), waits: false)) ?? nil
  }

  /// Makes the root ready to be mounted again. A volatile overlay leaves a mark in its work folder that forbids that:
  /// nobody knows what of it had reached the disk when the machine went down, and here nobody minds.
  package func enter(_ root: KeptRoot) async throws(PackagesError) -> StateLock {
    guard let hold = hold(root.name) else { throw .rootInUse(spec: root.spec) }
    let scratch = root.scratch(in: workspace)
    await layers.remove(scratch.overlay.store.appending(scratch.overlay.work))
    do { try scratch.make() } catch { throw .sandbox(error) }
    for key in [root.layer.key] + root.layer.beneath
    where !FileManager.default.fileExists(atPath: layers.folder(of: key).string) {
      throw .rootLostLayers(spec: root.spec)
    }
    return hold
  }
}
