import AzureLinux
import Foundation
import Incremental
import Pipeline
import Sandbox
import Storage
import SystemPackage

/// What a build of a set leaves beside its packages, for the tools and the CI of upstream.
struct BuildResults {
  let bench: Workbench
  private var out: FilePath { bench.workspace.out }

  /// `out/build_state.csv`, `out/rpms_snapshot.json`, `out/graph_external_deps.json`, the scheduler's summary in
  /// `logs/summary.log`, and metadata that make `out/RPMS` and `out/SRPMS` repositories.
  /// - Returns: the lines of the summary.
  @discardableResult
  func write(_ report: BuildReport, at now: Date = Date()) async throws -> [String] {
    try FileManager.default.createDirectory(atPath: out.string, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      atPath: bench.workspace.logs.string, withIntermediateDirectories: true)
    let ids = Set(report.builds.map(\.spec))
    let specs = try await bench.session.specs().filter { ids.contains($0.id) }
    let infos = try await bench.session.parsed(specs)
    let srpms = Dictionary(
      infos.compactMap { info in info.source.map { (info.id, $0.srpm) } }
    ) { first, _ in first }
    let state = BuildState(report, srpms: srpms)
    try AtomicFile.write(Data(state.csv.utf8), to: out.appending("build_state.csv"))
    let time = now.ISO8601Format()
    let lines = state.summary.map { "time=\"\(time)\" level=\($0.level) msg=\"\(Self.quoted($0.text))\"" }
    try AtomicFile.write(
      Data((lines.joined(separator: "\n") + "\n").utf8), to: bench.workspace.logs.appending("summary.log"))
    try AtomicFile.write(
      PackageSummary(fileNames: Self.rpms(in: out.appending("RPMS"))).json,
      to: out.appending("rpms_snapshot.json"))
    try AtomicFile.write(
      PackageSummary(fileNames: try await external(specs)).json,
      to: out.appending("graph_external_deps.json"))
    for folder in ["RPMS", "SRPMS"] { try await index(out.appending(folder)) }
    return lines
  }

  /// Inside double quotes, as logrus writes a message.
  private static func quoted(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  static func rpms(in folder: FilePath) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".rpm") && !$0.hasPrefix(".") }.compactMap {
      FilePath($0).lastComponent?.string
    }
  }

  /// Published packages that the builds of these specs had in their roots.
  private func external(_ specs: [SpecLocation]) async throws -> Set<String> {
    let ids = Set(specs.map(\.id))
    var names: Set<String> = []
    for trace in try await bench.session.engine.remembered(kind: BuildRoot.kind) where !trace.isSuspect {
      guard let rule = try? BuildRoot.restored(from: trace.key.parameters), ids.contains(rule.spec.id),
        let root = try? trace.value.map(BuildRoot.decode)
      else { continue }
      names.formUnion(root.base.map(\.nevra.fileName))
      for case .published(let package) in root.extra { names.insert(package.nevra.fileName) }
    }
    return names
  }

  // MARK: metadata

  /// By createrepo_c, where packages came or went since it ran the last time.
  private func index(_ folder: FilePath) async throws {
    guard FileManager.default.fileExists(atPath: folder.string), isNewer(folder) else { return }
    // what a kill left: createrepo_c takes it for another one at work, and only one writes a workspace
    try? FileManager.default.removeItem(atPath: folder.appending(".repodata").string)
    try await Command([
      "createrepo_c", "--quiet", "--update", "--no-database", "--excludes", ".*", folder.string,
    ]).check()
  }

  /// A folder's time moves when a name in it does.
  private func isNewer(_ folder: FilePath) -> Bool {
    var facts = stat()
    guard stat(folder.appending("repodata/repomd.xml").string, &facts) == 0 else { return true }
    let last = facts.st_mtim
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    return (names.filter { $0 != "repodata" }.map { folder.appending($0) }).contains { path in
      var facts = stat()
      guard stat(path.string, &facts) == 0 else { return false }
      return (facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec) >= (last.tv_sec, last.tv_nsec)
    }
  }
}

extension Workbench {
  /// The packages that only the toolchain stage may make; nil where there are none.
  var toolchainManifest: String? {
    guard !settings.toolchain.allowRebuilds else { return nil }
    let path = settings.expand(settings.toolchain.manifest, tree: workspace.tree.string)
    return try? String(contentsOfFile: workspace.tree.pushing(FilePath(path)).string, encoding: .utf8)
  }
}
