import ArgumentParser
import AzureLinux
import Foundation
import Images
import Incremental
import Pipeline
import SystemPackage
import Terminal

struct StatusCommand: Question {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "What is built here, what is stale and why, and where things are.")

  @OptionGroup var common: CommonOptions
  @Flag(help: "Also add up what .azldev holds on disk.")
  var size = false

  struct Report: Codable {
    struct Package: Codable {
      var spec: String
      /// `fresh`, `stale`, `possibly_stale`, `failed`.
      var state: String
      var reason: String?
      var rpms: [String]
    }
    var schema = "azl-dev/status/1"
    var tree: String
    var baseline: AffectedReport.Point
    var changed: [String]
    var packages: [Package]
    var images: [String]
    var out: String
    var bytes: Int64?
  }

  var isAboutTheGraph: Bool { false }

  func answer(_ bench: Workbench, style: Style) async throws -> Answer {
    let changed = try await bench.session.engine.value(of: ChangedSpecs()).map(\.id)
    let packages = try await builds(bench)
    let report = Report(
      tree: bench.workspace.tree.string,
      baseline: AffectedReport.Point(ref: bench.lock.ref, commit: bench.lock.commit), changed: changed,
      packages: packages, images: images(bench), out: ".azldev/out",
      bytes: size ? self.size(bench.workspace.folder.string) : nil)
    if common.json { return try Answer.json(report) }
    var lines = [
      style.fact("Tree", report.tree),
      style.fact("Baseline", "\(report.baseline.ref) (\(report.baseline.commit.prefix(8)))"),
      style.fact("Changed", changed.isEmpty ? "nothing" : changed.joined(separator: " ")),
    ]
    for package in packages {
      let mark = package.state == "fresh" ? style.pass : package.state == "failed" ? style.fail : style.dot
      let state = package.state.replacing("_", with: " ")
      let fact = package.reason.map { "\(state): \($0)" } ?? state
      lines.append("  \(mark) \(package.spec)  \(style.paint(fact, .dim))")
    }
    if packages.isEmpty { lines.append(style.fact("Built", "nothing yet: azl-dev try <package>")) }
    lines += report.images.map { style.fact("Image", $0) }
    let held = report.bytes.map { "  (.azldev holds \(Figure.bytes($0)))" } ?? ""
    lines.append(style.fact("Output", report.out + held))
    return Answer.lines(lines)
  }

  private func builds(_ bench: Workbench) async throws -> [Report.Package] {
    var packages: [Report.Package] = []
    for build in try await bench.session.standingBuilds() {
      let (state, reason): (String, String?) =
        switch build.staleness {
        case .upToDate: ("fresh", nil)
        case .stale(.failedLastTime): ("failed", "azl-dev try \(build.spec.id) shows why")
        case .stale(let reason): ("stale", ReasonText.of(reason))
        case .possiblyStale(let key): ("possibly_stale", ReasonText.of(.inputChanged(key)))
        }
      packages.append(
        .init(
          spec: build.spec.id, state: state, reason: reason,
          rpms: build.built?.rpms.map(\.file.nevra.description) ?? []))
    }
    return packages.sorted { $0.spec < $1.spec }
  }

  /// The artifacts of every image that was made, whatever they are.
  private func images(_ bench: Workbench) -> [String] {
    let folder = bench.workspace.out.appending("images")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    return names.sorted().flatMap { name in
      let manifest = try? ImageManifest.read(in: folder.appending(name))
      return (manifest?.artifacts ?? []).map { ".azldev/out/images/\(name)/\($0.file)" }
    }
  }

  private func size(_ folder: String) -> Int64 {
    let keys: Set<URLResourceKey> = [.isRegularFileKey, .totalFileAllocatedSizeKey]
    let files = FileManager.default.enumerator(
      at: URL(fileURLWithPath: folder), includingPropertiesForKeys: Array(keys),
      options: [], errorHandler: { _, _ in true })
    var bytes: Int64 = 0
    while let file = files?.nextObject() as? URL {
      var facts = stat()
      if lstat(file.path, &facts) == 0 { bytes += Int64(facts.st_blocks) * 512 }
    }
    return bytes
  }
}
