import AzureLinux
import Foundation
import Images
import Incremental
import Pipeline
import Storage
import SystemPackage

/// `explain`: what traces say, with the lines that differ and the times that the history has.
extension Workbench {
  /// A spec or package, an RPM by file name or NEVRA, or an image configuration by path or name.
  func explain(_ name: String) async throws -> ExplainReport {
    try await orPublished { try await explain(whatIsCalled: name) }
  }

  private func explain(whatIsCalled name: String) async throws -> ExplainReport {
    if name.hasSuffix(".json"), let image = imageConfiguration(called: name) {
      return try await explainImage(image)
    }
    let unknown: PipelineError
    do {
      return try await filled(session.explain(try await session.locate(inTree(name)), as: name))
    } catch let error as PipelineError {
      guard case .unknownSpec = error else { throw error }
      unknown = error
    }
    if let image = imageConfiguration(called: name) { return try await explainImage(image) }
    let file = FilePath(name).lastComponent?.string ?? name
    guard let nevra = NEVRA(fileName: file) else { throw unknown }
    let isSource = nevra.arch == "src" || nevra.arch == "nosrc"
    var report = try await session.explain(session.locate(nevra.name), as: name, kind: .rpm)
    if !isSource { try await compare(nevra, &report) }
    return try await filled(report)
  }

  /// Whether the spec still makes an RPM of this version.
  private func compare(_ nevra: NEVRA, _ report: inout ExplainReport) async throws {
    guard let spec = try await session.specs().first(where: { $0.id == report.spec }) else { return }
    let info = try await session.parsed([spec]).first
    let now = info?.packages.first { $0.nevra.name == nevra.name }?.nevra
    guard let now, now.evr.version != nevra.evr.version || now.evr.release != nevra.evr.release else {
      return
    }
    report.differences.insert(
      ExplainReport.Difference(what: nevra.name, old: nevra.evr.description, new: now.evr.description), at: 0)
  }

  /// Adds what git and the history know.
  private func filled(_ report: ExplainReport) async throws -> ExplainReport {
    var report = report
    let changes = try await baseline.changes()
    let specs = try await session.specs()
    report.edits = try await edits(report.edits.map(\.spec), changes, specs)
    if report.way.last?.kind == MacroSet.kind {
      for directory in Set(changes.map { PackageDirectory.of($0.path) }).sorted() {
        guard try await self.specs.haveMacros([directory]),
          let id = specs.first(where: { $0.directory == directory })?.id,
          !report.edits.contains(where: { $0.spec == id })
        else { continue }
        report.edits += try await edits([id], changes, specs)
      }
    }
    let entries = history.entries().filter { $0.kind == "build" && $0.subject == report.spec }
    report.last?.at = entries.last.map { $0.at.formatted(.iso8601) }
    return report
  }

  private func edits(_ ids: [String], _ changes: [TreeChange], _ specs: [SpecLocation]) async throws
    -> [ExplainReport.Edit]
  {
    var edits: [ExplainReport.Edit] = []
    for id in ids {
      guard let spec = specs.first(where: { $0.id == id }) else { continue }
      edits.append(
        .init(spec: id, facts: try await baseline.edits(changes, spec: spec)))
    }
    return edits
  }

  // MARK: images

  /// The configuration that is meant: a path, or the name of one in the tree's folders or among the images made.
  private func imageConfiguration(called name: String) -> FilePath? {
    let manager = FileManager.default
    let here = FilePath(manager.currentDirectoryPath)
    if name.hasSuffix(".json") {
      let candidates = [here.pushing(FilePath(name)), workspace.tree.pushing(FilePath(name))]
      if let found = candidates.first(where: { manager.fileExists(atPath: $0.string) }) { return found }
    }
    let stem = FilePath(name).lastComponent?.stem ?? name
    for folder in ImageReach.folders {
      let file = workspace.tree.appending(folder).appending(stem + ".json")
      let isPath = name.contains("/") && !name.contains("images/")
      if !isPath, manager.fileExists(atPath: file.string) { return file }
    }
    return nil
  }

  private func explainImage(_ path: FilePath) async throws -> ExplainReport {
    let stem = path.stem ?? "image"
    let folder = workspace.images(config: stem)
    let named =
      path.starts(with: workspace.tree)
      ? String(path.string.dropFirst(workspace.tree.string.count + 1)) : path.string
    let manifest = FileManager.default.contents(atPath: folder.appending(ImageManifest.fileName).string)
      .flatMap { try? JSONDecoder().decode(ImageManifest.self, from: $0) }
    let changed = try await session.changed()
    let (reach, _) = try await session.affected(changed, described: 0)
    let changes = try await baseline.changes()
    let reached = ImageReach(tree: workspace.tree).images(
      holding: await session.index.packages(of: reach), changes: changes
    )
    .first { $0.config == named }?.reason
    let held = manifest?.packages ?? []
    let packages = try await imagePackages(stem, held, changed)
    var report = ExplainReport(
      kind: .image, name: stem, spec: nil, state: manifest == nil ? .neverBuilt : .upToDate, reason: "")
    report.image = .init(
      folder: ".azldev/out/images/\(stem)", reached: reached, packages: packages)
    let newer = packages.filter(\.isNewer).map(\.spec)
    let open = packages.filter { $0.state != .upToDate }.map(\.spec)
    let isEdited = reached.map { $0.hasSuffix("changed") } ?? false
    if manifest == nil {
      report.reason = "it was never built here"
    } else if !newer.isEmpty {
      report.state = .stale
      report.reason = "older than what was built here of \(newer.joined(separator: ", "))"
    } else if isEdited, isNewer(changes, than: builtAt("image", stem)) {
      report.state = .stale
      report.reason = reached ?? ""
    } else if !open.isEmpty {
      report.state = .possiblyStale
      report.reason = "it takes packages of \(open.joined(separator: ", ")), which are to be built first"
    } else {
      report.reason = "nothing that was built here since is in it"
    }
    report.last = manifest.flatMap { _ in
      history.entries().last { $0.kind == "image" && $0.subject == stem }.map {
        ExplainReport.Run(reason: "asked for", way: [], seconds: $0.seconds, at: $0.at.formatted(.iso8601))
      }
    }
    let edited = packages.map(\.spec).filter { id in changed.contains { $0.id == id } }
    report.edits = try await edits(edited, changes, session.specs())
    if report.state != .upToDate {
      report.next =
        report.state == .possiblyStale
        ? "azl-dev try \(open.joined(separator: " "))" : "azl-dev image build \(named)"
    }
    return report
  }

  /// Specs that were built or changed here and have packages in the image.
  private func imagePackages(_ image: String, _ held: [String], _ changed: [SpecLocation]) async throws
    -> [ExplainReport.Image.Package]
  {
    let at = builtAt("image", image)
    let holds = Dictionary(held.compactMap { text in NEVRA(fileName: text).map { ($0.name, text) } }) {
      a, _ in a
    }
    var built: [String: [String]] = [:]
    for build in try await session.standingBuilds() {
      let rpms = build.built?.rpms ?? []
      built[build.spec.id] = rpms.map(\.file.nevra).filter { !$0.isDebug }.map(\.description)
    }
    let ids = Set(built.keys).union(changed.map(\.id))
    var found: [ExplainReport.Image.Package] = []
    for spec in try await session.specs() where ids.contains(spec.id) {
      let names = try await session.parsed([spec]).flatMap(\.packages).map(\.nevra.name)
      let inside = names.compactMap { holds[$0] }
      guard !inside.isEmpty else { continue }
      let state = try await session.explain(spec, as: spec.id).state
      let time = builtAt("build", spec.id)
      found.append(
        .init(
          spec: spec.id, state: state, holds: inside,
          built: (built[spec.id] ?? []).filter { text in
            NEVRA(fileName: text).map { holds[$0.name] != nil } ?? false
          },
          isNewer: at.map { image in time.map { $0 > image } ?? false } ?? false))
    }
    return found
  }

  /// When something was last made.
  private func builtAt(_ kind: String, _ subject: String) -> Date? {
    history.entries().last { $0.kind == kind && $0.subject == subject && $0.result != "failed" }?.at
  }

  private func isNewer(_ changes: [TreeChange], than date: Date?) -> Bool {
    guard let date else { return true }
    return changes.contains { change in
      guard ImageReach.folders.contains(where: { change.path.hasPrefix($0 + "/") }) else { return false }
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: workspace.tree.appending(change.path).string)
      return (attributes?[.modificationDate] as? Date).map { $0 > date } ?? true
    }
  }
}
