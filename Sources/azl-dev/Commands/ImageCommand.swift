import ArgumentParser
import AzureLinux
import Foundation
import Images
import Incremental
import Pipeline
import RPM
import Sandbox
import Solver
import Storage
import SystemPackage
import Terminal

struct ImageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Disk images from image configuration files.", subcommands: [Build.self])

  struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "build",
      abstract: "Build the disk image that a configuration describes.",
      discussion: """
        Packages come from the repositories; those built here are preferred. Writes the configured artifacts (raw,
        vhdx) to .azldev/out/images/<config> without loop devices or mounts. A key of the configuration that is not
        handled yet is refused by name.

          azl-dev image build imageconfigs/demo.json
        """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Image configuration JSON (default: [image] default).")
    var config: String?

    func run() async throws {
      let view = BuildProgress(json: common.json)
      let bench = try await Workbench.open(common, access: .write, progress: view)
      let name = config ?? bench.settings.image.default
      guard !name.isEmpty else {
        throw ValidationError("name an image configuration, or set [image] default")
      }
      let clock = ContinuousClock.now
      let (manifest, output) = try await bench.buildImage(FilePath(name), report: { view.activity($0) })
      view.flushFetched()
      view.end()
      let seconds = Double((ContinuousClock.now - clock) / .milliseconds(1)) / 1000
      try bench.history.append(
        History.Entry(kind: "image", subject: name, result: "built", seconds: seconds))
      if common.json { return try Output.json(manifest) }
      let style = Output.style
      Output.lines(
        [
          style.fact(
            "Image",
            "\(manifest.name): \(Figure.count(manifest.packages.count, "package")), kernel \(manifest.kernel.version)  in \(Figure.seconds(seconds))"
          )
        ]
          + manifest.artifacts.map { style.fact("Wrote", "\(output)/\($0.file)  \(Figure.bytes($0.size))") }
          + [manifest.artifacts.first.map { _ in "\n    azl-dev boot \(output)" } ?? ""])
    }
  }
}

extension Workbench {
  /// The image of a configuration, and its folder relative to the tree.
  func buildImage(_ named: FilePath, report: @escaping ActivityReport) async throws -> (ImageManifest, String)
  {
    let path = named.isAbsolute ? named : FilePath(FileManager.default.currentDirectoryPath).pushing(named)
    guard let data = FileManager.default.contents(atPath: path.string) else {
      throw TreeError.unreadable(named.string, "no such file")
    }
    let configuration = try ImageConfiguration.read(data, file: named.string).get()
    let folder = path.removingLastComponent()
    var names = configuration.system.packages + [configuration.system.kernel]
    for list in configuration.system.packageLists {
      let file = folder.pushing(FilePath(list))
      guard let data = FileManager.default.contents(atPath: file.string) else {
        throw TreeError.unreadable(list, "named by PackageLists of \(named), no such file")
      }
      names += try PackageList.read(data, file: list).get().packages
    }
    names.append("azurelinux-release")
    let local = try await builtSpecs()
    let rpms = try await packages.resolveImage(names.map(PackageText.dependency), local: local)
    let stem = path.stem ?? "image"
    let output = workspace.images(config: stem)
    let manifest = try await ImageBuilder(scratch: workspace.scratch).build(
      ImageRequest(
        configuration: configuration, folder: folder, rpms: rpms,
        releaseVersion: lock.identity.releaseVersion, buildNumber: lock.identity.buildNumber,
        timestamp: Int(lock.identity.sourceDateEpoch)),
      output: output, log: workspace.logs.appending("image").appending("\(stem).log"), report: report)
    return (manifest, ".azldev/out/images/\(stem)")
  }

  /// Specs whose packages were built here and still hold: they go before the published ones.
  func builtSpecs() async throws -> [ReplacedSpec] {
    var specs: [ReplacedSpec] = []
    for trace in try await session.engine.remembered(kind: Pipeline.Build.kind) {
      guard let value = trace.value, let built = try? JSONDecoder().decode(BuiltPackage.self, from: value),
        let rule = try? JSONDecoder().decode(Pipeline.Build.self, from: Data(trace.key.parameters.utf8)),
        try await session.engine.staleness(of: rule) == .upToDate
      else { continue }
      guard let source = try await session.engine.value(of: ParsedSpec(spec: rule.spec)).source,
        !specs.contains(where: { $0.spec == built.spec })
      else { continue }
      let packages = try built.rpms.map { try RPMHeader.read(FilePath($0.file.path)).localPackage($0.file) }
      specs.append(ReplacedSpec(spec: built.spec, source: source, packages: .local(packages)))
    }
    return specs.sorted { $0.spec < $1.spec }
  }
}

/// An item of a package list: a name, or a name with a condition (`openssl>=3.0`).
enum PackageText {
  static func dependency(_ text: String) -> Dependency {
    let text = text.trimmingCharacters(in: .whitespaces)
    guard let start = text.firstIndex(where: { "<>=".contains($0) }) else {
      return Dependency(text: text, name: text)
    }
    let name = text[..<start].trimmingCharacters(in: .whitespaces)
    let rest = text[start...]
    let op = String(rest.prefix { "<>=".contains($0) })
    let evr = rest.dropFirst(op.count).trimmingCharacters(in: .whitespaces)
    return Dependency(text: "\(name) \(op) \(evr)", name: name, op: op, evr: evr)
  }
}
