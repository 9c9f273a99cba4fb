import ArgumentParser
import AzureLinux
import Foundation
import Images
import Incremental
import Packages
import Pipeline
import RPM
import Sandbox
import Solver
import Storage
import SystemPackage

/// What of a configuration is built.
enum ImagePurpose: Sendable {
  /// What it asks for.
  case artifacts
  /// Its disk, as `disk0.raw`.
  case disk
  /// The disk that an installer of it brings.
  case installer

  func configuration(_ configuration: ImageConfiguration) -> ImageConfiguration {
    switch self {
    case .artifacts: configuration
    case .disk: configuration.diskAlone
    case .installer: configuration.installed
    }
  }

  func refusals(_ configuration: ImageConfiguration) -> [ImageRefusal] {
    switch self {
    case .artifacts: configuration.refusals
    case .disk: configuration.diskRefusals
    case .installer: configuration.installerRefusals
    }
  }

  func folder(_ name: String) -> String {
    self == .artifacts ? "images/\(name)" : "imagegen/\(name)/imager_output"
  }
}

/// An image as it would be built now.
struct ImagePlan: Hashable, Sendable {
  var name: String
  var request: ImageRequest
  /// Relative to the tree.
  var folder: String
  /// Of the tree's files that go into it.
  var files: [Digest]
  /// About its configuration.
  var warnings: [String]
  /// Which disk an installer would write to.
  var target: String?
}

/// Images and boots, for their verbs and for `watch`.
extension Workbench {
  /// As the caller's shell means it.
  func here(_ path: String) -> FilePath {
    FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(path))
  }

  /// The configuration named, or the one of `[image] default`, which is relative to the tree.
  func imageConfiguration(_ named: String?) throws -> FilePath {
    if let named { return here(named) }
    guard !settings.image.default.isEmpty else {
      throw ValidationError("name an image configuration, or set [image] default")
    }
    return workspace.tree.pushing(FilePath(settings.image.default))
  }

  /// The packages that all systems of a configuration ask for. What else it names need not be there.
  func packages(ofImage path: FilePath, base: FilePath? = nil) throws -> [String] {
    let outcome = try ImageConfigurationFile(path, tree: workspace.tree, base: base).valid { _ in true }
    return outcome.configuration.systems.flatMap { system in
      system.packages + system.kernelOptions.values.sorted()
        + system.packageLists.flatMap { outcome.lists[$0]?.packages ?? [] }
    }
  }

  /// What the making of a legacy disk needs: GRUB, and what its scripts are run by.
  private static let bootTools = ["filesystem", "bash", "coreutils", "grub2-pc"]

  /// The image of a configuration, with what was built here before what is published.
  ///
  /// - Parameters:
  ///   - base: where relative paths in it start; without, its own folder.
  ///   - tag: part of the artifacts' names.
  ///   - buildID: noted in the image; without, the build number.
  ///   - summary: a list of RPMs; nothing but these is taken.
  func planImage(
    _ path: FilePath, base: FilePath? = nil, tag: String? = nil, buildID: String? = nil,
    for purpose: ImagePurpose = .artifacts, from summary: FilePath? = nil
  ) async throws -> ImagePlan {
    let file = ImageConfigurationFile(path, tree: workspace.tree, base: base)
    // what is missing is named by the build
    let (given, lists, warnings) = try file.valid { _ in true }
    let refusals = purpose.refusals(given)
    let configuration = purpose.configuration(given)
    guard refusals.isEmpty else { throw ImageRefusalError(file: file.name, refusals: refusals) }
    let folder = file.base
    let names = configuration.requestedPackages(
      lists: configuration.system.packageLists.compactMap { lists[$0] })
    let rpms = try await imagePackages(names.map(PackageText.dependency), from: summary)
    let tools: [RPMFile] =
      configuration.system.bootType == .legacy
      ? try await imagePackages(Self.bootTools.map(PackageText.dependency)) : []
    var request = ImageRequest(
      configuration: configuration, folder: folder, within: [workspace.tree], rpms: rpms, bootTools: tools,
      releaseVersion: lock.identity.releaseVersion, tag: tag ?? "",
      buildNumber: buildID ?? lock.identity.buildNumber,
      timestamp: Int(lock.identity.sourceDateEpoch))
    request.isDiskOnly = purpose != .artifacts
    let name = path.stem ?? "image"
    return ImagePlan(
      name: name, request: request, folder: ".azldev/out/\(purpose.folder(name))",
      // what is missing is named by the build
      files: request.files.compactMap { try? request.digest(of: $0.path, key: $0.key) },
      warnings: try await warnings.map(\.description) + (summary == nil ? leftOut(of: rpms) : [])
        + (configuration.systems.count > 1
          ? [
            "\(file.name): SystemConfigs[1] is for installers: an image is made of the first system, "
              + "\(configuration.system.name)"
          ] : []),
      target: given.installationTarget)
  }

  /// Of each step of an image, as of a build.
  var imageLimits: ImageLimits {
    let build = BuildLimits(settings.build)
    return ImageLimits(seconds: build.seconds, memory: build.memory, processes: build.processes)
  }

  /// Packages that go in as published although the tree has others: what was built of them here no longer holds, or
  /// nothing was. `explain` calls such an image possibly stale.
  private func leftOut(of rpms: [RPMFile]) async throws -> [String] {
    let standing = try await session.standingBuilds()
    let changed = try await session.changed().filter { spec in !standing.contains { $0.spec == spec } }
    let stale = standing.filter { $0.staleness != .upToDate }.map(\.spec)
    let inside = Set(rpms.map(\.nevra.name))
    return try await zip(stale + changed, session.parsed(stale + changed)).compactMap { spec, info in
      let names = info.packages.map(\.nevra.name).filter(inside.contains)
      guard let first = names.first else { return nil }
      let more = names.count > 1 ? " and \(names.count - 1) more" : ""
      let owner = first == spec.id ? "" : " of \(spec.id)"
      let why =
        switch standing.first(where: { $0.spec == spec })?.staleness {
        case nil: "it was not built here"
        case .stale(.failedLastTime): "its last build here failed"
        default: "what was built of it here is stale"
        }
      return "\(first)\(more)\(owner) goes in as published: \(why) (azl-dev try \(spec.id))"
    }
  }

  /// Builds, and remembers how long that took; nil where nothing had to be done.
  func build(
    _ plan: ImagePlan, _ freshness: ImageBuilder.Freshness = .changed, report: @escaping ActivityReport
  ) async throws -> (manifest: ImageManifest, seconds: Double?) {
    let clock = ContinuousClock.now
    try writeList(of: plan.request.rpms + plan.request.bootTools, as: "image_deps.json", ofImage: plan.name)
    try writeList(of: plan.request.rpms, as: "image_pkg_manifest.json", ofImage: plan.name)
    let (manifest, isMade) = try await ImageBuilder(store: workspace.store, limits: imageLimits).build(
      plan.request, output: workspace.tree.pushing(FilePath(plan.folder)),
      log: workspace.logs.appending("image").appending("\(plan.name).log"), freshness, report: report)
    guard isMade else { return (manifest, nil) }
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    try history.append(
      History.Entry(kind: "image", subject: plan.name, result: "built", seconds: seconds))
    return (manifest, seconds)
  }

  /// Specs whose packages were built here and still hold: they go before the published ones.
  func builtSpecs() async throws -> [ReplacedSpec] {
    var specs: [ReplacedSpec] = []
    for build in try await session.standingBuilds() where build.staleness == .upToDate {
      guard let built = build.built,
        let source = try await session.engine.value(of: ParsedSpec(spec: build.spec)).source
      else { continue }
      let packages = try built.rpms.map { try RPMHeader.read(FilePath($0.file.path)).localPackage($0.file) }
      specs.append(ReplacedSpec(spec: built.spec, source: source, packages: .local(packages)))
    }
    return specs.sorted { $0.spec < $1.spec }
  }

  /// A boot of an image as the configuration says, without proofs.
  ///
  /// - Parameter quick: without firmware.
  func bootRequest(
    _ image: FilePath, quick: Bool, accelerator: Accelerator? = nil
  ) async throws -> BootRequest {
    let firmware: BootReport.Mode = try ImageManifest.read(in: image).bootType == .legacy ? .bios : .uefi
    let boot = settings.boot
    let accelerator = if let accelerator { accelerator } else { try await self.accelerator() }
    return BootRequest(
      image: image, mode: quick ? .quick : firmware, accelerator: accelerator,
      memory: boot.memory, limit: Double(boot.timeout), smoke: try boot.smoke.map(smokeTest))
  }

  /// The configured one, or what can run a guest here.
  func accelerator() async throws -> Accelerator {
    if let named = Accelerator(rawValue: settings.boot.accelerator) { return named }
    return try await AcceleratorProbe().run().accelerator
  }

  private func smokeTest(_ test: SmokeSettings) throws -> SmokeTest {
    let (name, text) = (test.name.isEmpty ? nil : test.name, test.text.isEmpty ? nil : test.text)
    let exit = Int32(clamping: test.exit)
    guard !test.script.isEmpty else {
      return SmokeTest(command: test.command, name: name, expectedExit: exit, expectedText: text)
    }
    return SmokeTest(
      script: try Self.script(workspace.tree.pushing(FilePath(test.script))), name: name ?? test.script,
      expectedExit: exit, expectedText: text)
  }

  /// A script that is to be copied into a guest.
  static func script(_ path: FilePath) throws -> Data {
    guard let data = FileManager.default.contents(atPath: path.string) else {
      throw TreeError.unreadable(path.string, "no such script")
    }
    guard data.count <= SmokeTest.largestScript else {
      throw TreeError.unreadable(
        path.string, "a script in a guest may have \(SmokeTest.largestScript >> 10) KiB")
    }
    return data
  }

  /// Boots, and remembers how long that took.
  ///
  /// - Parameter name: of the image, where its folder has another.
  func boot(
    _ request: BootRequest, name: String? = nil, report: @escaping ActivityReport,
    line: @escaping @Sendable (String) -> Void = { _ in },
    after: (@Sendable (BootVerdict, LiveGuest) async throws -> Void)? = nil
  ) async throws -> (report: BootReport, verdict: BootVerdict) {
    let name = name ?? request.image.lastComponent?.string ?? "image"
    let console = workspace.logs.appending("boot").appending("\(name).console")
    let result = try await BootRunner(scratch: workspace.scratch).boot(
      request, console: console, report: report, line: line, after: after)
    try history.append(
      History.Entry(
        kind: "boot", subject: name, result: result.report.result.rawValue, seconds: result.report.seconds))
    return result
  }

  /// A regular file of a package that was built here, with the digest that its RPM records and a value that only
  /// this boot knows.
  func proof(of name: String) async throws -> BootProof {
    var names: Set<String> = []
    for trace in try await session.engine.remembered(kind: Pipeline.Build.kind) {
      guard let value = trace.value, let built = try? JSONDecoder().decode(BuiltPackage.self, from: value),
        let rpm = built.rpms.first(where: { $0.file.nevra.name == name })
      else {
        let others = trace.value.flatMap { try? Pipeline.Build.decode($0) }?.rpms ?? []
        names.formUnion(others.map(\.file.nevra.name))
        continue
      }
      let files = try RPMHeader.read(FilePath(rpm.file.path)).files
      guard
        let file = files.filter({ $0.digest != nil && $0.mode & 0o170000 == 0o100000 }).max(by: {
          $0.size < $1.size
        })
      else { continue }
      return BootProof(nonce: UUID().uuidString.lowercased(), file: file.path, expected: file.digest)
    }
    throw PipelineError.unknownSpec(name, nearest: nearestNames(to: name, in: names))
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
