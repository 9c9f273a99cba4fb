import ArgumentParser
import AzureLinux
import Foundation
import Packages
import Pipeline
import Sandbox
import Storage
import SystemPackage
import Terminal

struct DUCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "du",
    abstract: "What .azldev holds on disk, by kind and by package.",
    discussion: "A file that two kinds share counts for the first: packages in out/ are the store's.")

  @OptionGroup var common: CommonOptions
  @Argument(help: "Packages to show; all without.")
  var packages: [String] = []
  @Flag(help: "Show every package.")
  var all = false

  func run() async throws {
    let workspace = Workspace(tree: try Tree.find(common.tree))
    guard FileManager.default.fileExists(atPath: workspace.baselineLock.string) else {
      throw TreeError.notInitialised(workspace.tree.string)
    }
    let layers = RootLayers(workspace: workspace) { Digest.of($0) }
    let report = DiskUseReport(
      kinds: await kinds(workspace, layers.privilege),
      packages: await specs(workspace, layers).filter { packages.isEmpty || packages.contains($0.spec) })
    if common.json { return try Output.json(report) }
    var view = DiskView(style: Output.style)
    if all || !packages.isEmpty { view.limit = .max }
    Output.lines(view.lines(report))
  }

  private func kinds(_ workspace: Workspace, _ privilege: Privilege) async -> [DiskUseReport.Kind] {
    let named: [(String, FilePath)] = [
      ("store", workspace.files), ("downloads", workspace.downloads), ("builds", workspace.builds),
      ("layers", workspace.layers),
      ("roots", workspace.roots), ("scratch", workspace.scratch), ("machines", workspace.machines),
      ("metadata", workspace.metadata),
      ("ccache", workspace.store.appending("ccache")),
      ("logs", workspace.logs), ("out", workspace.out), ("other", workspace.folder),
    ].filter { FileManager.default.fileExists(atPath: $0.1.string) }
    // each file once, for the first that holds it
    let sizes = await DiskUse.of(named.map(\.1), privilege: privilege)
    return zip(named, sizes).map { name, bytes in
      var path = name.1
      _ = path.removePrefix(workspace.tree)
      return DiskUseReport.Kind(kind: name.0, path: path.string, bytes: bytes)
    }
  }

  private func specs(_ workspace: Workspace, _ layers: RootLayers) async -> [DiskUseReport.Package] {
    var found: [String: DiskUseReport.Package] = [:]
    func add(_ spec: String, _ part: WritableKeyPath<DiskUseReport.Package, Int64>, _ bytes: Int64) {
      found[spec, default: .init(spec: spec, rpms: 0, logs: 0, roots: 0)][keyPath: part] += bytes
    }
    let published = workspace.store.appending("published")
    for name in names(published) where name.hasSuffix(".json") {
      let files =
        FileManager.default.contents(atPath: published.appending(name).string)
        .flatMap { try? JSONDecoder().decode([String].self, from: $0) } ?? []
      let bytes = files.map { file -> Int64 in
        var facts = stat()
        return lstat(workspace.out.pushing(FilePath(file)).string, &facts) == 0
          ? Int64(facts.st_blocks) * 512 : 0
      }
      add(String(name.dropLast(5)), \.rpms, bytes.reduce(0, +))
    }
    // the summary of the last set lies beside the folders of the packages
    let specs = names(workspace.logs).filter { !names(workspace.logs.appending($0)).isEmpty }
    for (spec, bytes) in zip(
      specs, await DiskUse.of(specs.map { workspace.logs.appending($0) }, privilege: layers.privilege))
    {
      add(spec, \.logs, bytes)
    }
    for root in KeptRoots(layers: layers, budget: 0).all() { add(root.spec, \.roots, root.bytes) }
    return found.values.sorted { $0.spec < $1.spec }
  }

  private func names(_ folder: FilePath) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []).sorted()
  }
}
