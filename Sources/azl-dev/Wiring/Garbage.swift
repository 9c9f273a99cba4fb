import AzureLinux
import Foundation
import Images
import Incremental
import Packages
import Pipeline
import Sandbox
import Storage
import SystemPackage

/// What of a workspace may go. Only the folders of `[disk]` are ever looked at, each only where it is a real
/// folder of the workspace on the workspace's own file system.
struct Garbage {
  let bench: Workbench
  let dryRun: Bool
  private var workspace: Workspace { bench.workspace }

  func collect() async throws -> GarbageReport {
    let references = try await References.of(bench)
    let disk = bench.settings.disk
    var report = GarbageReport(dryRun: dryRun)
    try await collect("store", workspace.files, disk.store, files(references), into: &report) { path, _ in
      // the note of who signed it first: an RPM without one is verified again
      unlink(path.string + ".signed")
      unlink(path.string)
    }
    let gone = Set(report.removed.compactMap { Self.digest($0.path) })
    try await collect("store", workspace.builds, 0, records(but: gone), into: &report) { path, _ in
      unlink(path.string)
      rmdir(path.removingLastComponent().string)
    }
    // partial downloads are in no trace, and none is under way while the workspace is held
    try await collect("store", workspace.downloads, 0, entries(workspace.downloads), into: &report) {
      path, _ in unlink(path.string)
    }
    try await collect("logs", workspace.logs, disk.logs, logs(references), into: &report) { path, _ in
      try? FileManager.default.removeItem(atPath: path.string)
      rmdir(path.removingLastComponent().string)
    }
    let roots = bench.builder.roots
    let kept = Dictionary(roots.all().map { ($0.name, $0) }) { first, _ in first }
    try await collect(
      "roots", workspace.roots, disk.roots,
      kept.values.map {
        Eviction.Item(name: $0.name, bytes: $0.bytes, used: $0.madeAt, isInUse: $0.kind == .shell)
      }, into: &report
    ) { _, name in if let root = kept[name] { await roots.remove(root) } }
    // what the roots that stay lie on
    let removed = Set(report.removed.map(\.path))
    let staying = kept.values.filter { !removed.contains(shown(workspace.roots.appending($0.name))) }
    let held = Set(staying.flatMap { [$0.layer.key] + $0.layer.beneath }.map(\.hex))
    try await collect(
      "layers", workspace.layers, disk.layers, sized(workspace.layers) { held.contains($0) }, into: &report
    ) { path, _ in await bench.layers.remove(path) }
    try await collect(
      "machines", workspace.machines, disk.machines,
      sized(workspace.machines) { HotRunner.isInUse(workspace.machines.appending($0)) }, into: &report
    ) { path, _ in try FileManager.default.removeItem(atPath: path.string) }
    return report
  }

  private func collect(
    _ kind: String, _ folder: FilePath, _ budget: Int, _ items: [Eviction.Item],
    into report: inout GarbageReport, remove: (FilePath, String) async throws -> Void
  ) async throws {
    let bytes = Int64(budget) << 20
    var entry = GarbageReport.Kind(
      kind: kind, budget: bytes, before: items.map(\.bytes).reduce(0, +),
      inUse: items.filter(\.isInUse).map(\.bytes).reduce(0, +))
    defer {
      if let index = report.kinds.firstIndex(where: { $0.kind == kind }) {
        report.kinds[index].before += entry.before
        report.kinds[index].inUse += entry.inUse
        report.kinds[index].freed += entry.freed
      } else {
        report.kinds.append(entry)
      }
    }
    let chosen = Eviction.choose(items, budget: bytes)
    guard !chosen.isEmpty else { return }
    guard isOwn(folder) else {
      report.notes.append("\(shown(folder)) lies elsewhere: nothing outside .azldev is removed")
      return
    }
    for item in chosen {
      try Task.checkCancellation()
      let path = folder.pushing(FilePath(item.name))
      if !dryRun {
        try await remove(path, item.name)
        var facts = stat()
        guard lstat(path.string, &facts) != 0 else {
          report.notes.append("\(shown(path)) could not be removed")
          continue
        }
      }
      entry.freed += item.bytes
      report.removed.append(
        .init(kind: kind, path: shown(path), bytes: item.bytes, lastUsed: item.used.ISO8601Format()))
    }
  }

  private func shown(_ path: FilePath) -> String {
    var path = path
    return path.removePrefix(workspace.tree) ? path.string : path.string
  }

  /// A real folder at its place, on the file system of the workspace.
  private func isOwn(_ folder: FilePath) -> Bool {
    var home = stat()
    guard lstat(workspace.folder.string, &home) == 0 else { return false }
    var part = workspace.folder
    guard var rest = Optional(folder), rest.removePrefix(workspace.folder) else { return false }
    for component in rest.components {
      part.append(component)
      var facts = stat()
      guard lstat(part.string, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_dev == home.st_dev
      else { return false }
    }
    return true
  }

  // MARK: what there is

  /// Artifacts. One with a second name is in `out/`.
  private func files(_ references: References) -> [Eviction.Item] {
    let all = entries(workspace.files, depth: 2) { name, facts in
      facts.st_nlink > 1 || Self.digest(name).map(references.digests.contains) ?? true
    }
    return all.filter { Self.digest($0.name) != nil }
  }

  /// Records of finished builds: of use for as long as all that they name is there.
  private func records(but gone: Set<Digest>) -> [Eviction.Item] {
    let builds = BuildRecords(workspace)
    return entries(workspace.builds, depth: 2) { name, _ in
      builds.isRestorable(workspace.builds.pushing(FilePath(name)), without: gone)
    }
  }

  /// What stands beside an artifact has none.
  private static func digest(_ name: String) -> Digest? {
    name.split(separator: "/").last.flatMap { Digest(String($0)) }
  }

  private func logs(_ references: References) -> [Eviction.Item] {
    var items: [Eviction.Item] = []
    for spec in names(workspace.logs) {
      for key in names(workspace.logs.appending(spec)) {
        let inside = entries(workspace.logs.appending(spec).appending(key))
        items.append(
          .init(
            name: "\(spec)/\(key)", bytes: inside.map(\.bytes).reduce(0, +),
            used: inside.map(\.used).max() ?? .distantPast,
            isInUse: references.logs.contains("\(spec)/\(key)")))
      }
    }
    return items
  }

  /// Folders whose files may belong to others; their time is that of their last use.
  private func sized(_ folder: FilePath, isInUse: (String) -> Bool) async -> [Eviction.Item] {
    let names = names(folder)
    let sizes = await DiskUse.of(names.map { folder.appending($0) }, privilege: bench.layers.privilege)
    return zip(names, sizes).map { name, bytes in
      var facts = stat()
      lstat(folder.appending(name).string, &facts)
      return .init(
        name: name, bytes: bytes, used: Date(timeIntervalSince1970: Double(facts.st_mtim.tv_sec)),
        isInUse: isInUse(name))
    }
  }

  private func names(_ folder: FilePath) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []).sorted()
  }

  /// Regular files so many levels down.
  private func entries(
    _ folder: FilePath, depth: Int = 1, isInUse: (String, stat) -> Bool = { _, _ in false }
  ) -> [Eviction.Item] {
    var paths = names(folder)
    for _ in 1..<depth {
      paths = paths.flatMap { part in names(folder.appending(part)).map { "\(part)/\($0)" } }
    }
    return paths.compactMap { name in
      var facts = stat()
      guard lstat(folder.pushing(FilePath(name)).string, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG
      else {
        return nil
      }
      let used = max(facts.st_atim.tv_sec, facts.st_mtim.tv_sec)
      return .init(
        name: name, bytes: Int64(facts.st_blocks) * 512, used: Date(timeIntervalSince1970: Double(used)),
        isInUse: isInUse(name, facts))
    }
  }
}
