import AzureLinux
import Checks
import Foundation
import Packages
import Pipeline
import Storage
import Synchronization
import SystemPackage
import Terminal

/// Targets about specs and their sources.
extension MakeTasks {
  func specs(_ task: MakeTask, _ report: MakeReport) async throws {
    let isWriting = task == .sources || task == .expand
    let progress = BuildProgress(json: common.json)
    let bench = try await Workbench.open(
      common, access: isWriting ? .write : .read, progress: progress, indexed: task == .graph)
    defer { progress.end() }
    switch task {
    case .specs: try await parsed(bench, report)
    case .graph: try await graph(bench, report)
    case .versionsMacros: try await versions(bench, report)
    case .sources: try await sources(bench, progress, report)
    case .expand: try await expand(bench, progress, report)
    case .snapshot: try await snapshot(bench, report)
    case .architectures: try await architectures(bench, report)
    default: try await manifests(bench, report)
    }
  }

  private func parsed(_ bench: Workbench, _ report: MakeReport) async throws {
    var report = report
    let infos = try await bench.session.parsed(scope(bench))
    let specs = SpecsReport(infos, target: bench.settings.arch, signatures: bench.signatures) {
      try? Digest.of(file: bench.workspace.tree.appending($0))
    }
    report.written = [
      try write(
        JSONEncoder.snake.encode(specs) + Data([10]), to: folder("PKGBUILD_DIR").appending("specs.json"))
    ]
    report.problems = Self.unparsed(infos)
    try show(report, [Output.style.fact("Parsed", Figure.count(infos.count, "spec"))])
  }

  private static func unparsed(_ infos: [SpecInfo]) -> [MakeReport.Problem] {
    infos.filter { $0.status == .failed }.map { info in
      .init(subject: info.id, message: info.findings.first?.message ?? "cannot be parsed")
    }
  }

  /// Upstream takes a circle for broken where a package of the toolchain is in it.
  private func graph(_ bench: Workbench, _ report: MakeReport) async throws {
    var report = report
    let whole = try await bench.graph { index throws(PipelineError) in
      try index.neighbourhood(of: nil, radius: 1)
    }
    let circles = try await bench.graph { index throws(PipelineError) in try index.cycles(of: nil) }
    let toolchain = Set(MakeWords.list(values["toolchain_spec_list"]))
    let isFree = words.isYes("RESOLVE_CYCLES_FROM_UPSTREAM")
    report.problems = circles.components.filter { component in
      !isFree && !component.members.contains(where: toolchain.contains)
    }.map { component in
      .init(
        subject: component.members.first ?? "",
        message: "\(component.members.prefix(6).joined(separator: ", ")) need each other to be built "
          + "(azl-dev graph cycles \(component.members.first ?? "") has the lines)")
    }
    report.written = [
      try write(Data(whole.dot.utf8), to: folder("PKGBUILD_DIR").appending("graph.dot"))
    ]
    try show(report)
  }

  private func versions(_ bench: Workbench, _ report: MakeReport) async throws {
    var report = report
    let infos = try await bench.session.parsed(bench.session.specs())
    let evrs = infos.reduce(into: [String: EVR]()) { $0[$1.id] = $1.source?.evr }
    let macros = VersionMacros.definitions(evrs, dist: bench.settings.identity.dist)
    let lines = macros.sorted { $0.key < $1.key }.map { "%\($0.key) \($0.value)\n" }
    report.written = [
      try write(Data(lines.joined().utf8), to: folder("PKGBUILD_DIR").appending("macros.releaseversions"))
    ]
    report.problems = Self.unparsed(infos)
    try show(report)
  }

  private func snapshot(_ bench: Workbench, _ report: MakeReport) async throws {
    var report = report
    let infos = try await bench.session.parsed(scope(bench))
    let made = infos.filter { $0.status == .ok }.flatMap { $0.packages.map(\.nevra.fileName) }
    report.written = [
      try write(PackageSummary(fileNames: made).json, to: bench.workspace.out.appending("rpms_snapshot.json"))
    ]
    report.problems = Self.unparsed(infos)
    try show(report)
  }

  private func architectures(_ bench: Workbench, _ report: MakeReport) async throws {
    var report = report
    let named = try await bench.locate(words.list("PACKAGE_BUILD_LIST") + words.list("PACKAGE_REBUILD_LIST"))
    let infos = try await bench.session.parsed(named)
    let isTested = words.isYes("RUN_CHECK")
    let names = infos.filter { $0.status == .ok && (!isTested || $0.hasCheck) }.map(\.id)
    report.names = names
    report.written = [
      try write(
        Data(names.joined(separator: " ").utf8),
        to: folder("PKGBUILD_DIR").appending("valid_arch_spec_names.txt"))
    ]
    report.problems = Self.unparsed(infos)
    try show(report, data: [names.joined(separator: " ")])
  }

  // MARK: sources

  private func buildable(_ bench: Workbench) async throws -> [(spec: SpecLocation, info: SpecInfo)] {
    let specs = try await scope(bench)
    return zip(specs, try await bench.session.parsed(specs)).filter { $1.status != .excluded }.map {
      ($0, $1)
    }
  }

  private func sources(_ bench: Workbench, _ progress: BuildProgress, _ report: MakeReport) async throws {
    let found = try await buildable(bench)
    var problems = Self.unparsed(found.map(\.info))
    if bench.settings.sources.signatures == .update {
      try await bench.updateSignatures(found.filter { $0.info.status == .ok }.map(\.spec), progress)
    }
    let folder = folder("BUILD_SRPMS_DIR")
    let packing = try await MakePacking(bench, of: found.map(\.info), into: folder)
    let fresh = Mutex(0)
    let (count, code) = try await each(found, into: &problems) { _, info in
      if try await packing.pack(info) { fresh.withLock { $0 += 1 } }
    }
    progress.flushFetched()
    var report = report
    report.problems = problems
    report.written = [shown(folder)]
    let new = fresh.withLock { $0 }
    let rest = count > new ? "; \(Figure.count(count - new)) are as they were" : ""
    try show(report, [Output.style.fact("Packed", Figure.count(new, "SRPM") + rest)], code: code)
  }

  private func expand(_ bench: Workbench, _ progress: BuildProgress, _ report: MakeReport) async throws {
    guard !bench.settings.sources.downloadSrpms else {
      throw MakeError.contradiction(
        "expand-specs", "DOWNLOAD_SRPMS=y", because: "it writes what is packed from the tree")
    }
    let found = try await buildable(bench)
    var problems = Self.unparsed(found.map(\.info))
    let policy = try await bench.builder.sourcePolicy()
    let target = folder("BUILD_SPECS_DIR")
    let (count, code) = try await each(found, into: &problems) { _, info in
      let content = try await bench.builder.sources(of: info, policy)
      let set = try await SourceSet.resolve(
        info, signatures: content.files, isChecked: policy.isChecked, workspace: bench.workspace)
      guard let source = info.source else { return }
      try Self.unpack(set, to: target.appending("\(source.name)-\(source.evr.version)-\(source.evr.release)"))
    }
    progress.flushFetched()
    var report = report
    report.problems = problems
    report.written = [shown(target)]
    try show(report, [Output.style.fact("Expanded", Figure.count(count, "spec"))], code: code)
  }

  /// Aside first, so that a folder that is there is whole.
  private static func unpack(_ set: SourceSet, to folder: FilePath) throws {
    let manager = FileManager.default
    let aside = FilePath(folder.string + ".new-\(getpid())")
    defer { try? manager.removeItem(atPath: aside.string) }
    do {
      try manager.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
      for file in [set.spec] + set.files {
        try manager.copyItem(atPath: file.path, toPath: aside.appending(file.name).string)
      }
      try? manager.removeItem(atPath: folder.string)
      try manager.moveItem(atPath: aside.string, toPath: folder.string)
    } catch { throw WorkspaceError.unwritable(path: folder.string, reason: error.localizedDescription) }
  }

  /// Eight specs at a time; a failure of one is its own.
  ///
  /// - Returns: how many went well, and the exit code of what did not.
  private func each(
    _ found: [(spec: SpecLocation, info: SpecInfo)], into problems: inout [MakeReport.Problem],
    _ body: @escaping @Sendable (SpecLocation, SpecInfo) async throws -> Void
  ) async throws -> (count: Int, code: AzureLinux.ExitCode) {
    let good = found.filter { $0.info.status == .ok }
    var results: [(String, (any Error)?)] = []
    try await withThrowingTaskGroup(of: (String, (any Error)?).self) { group in
      for (position, (spec, info)) in good.enumerated() {
        if position >= 8, let done = try await group.next() { results.append(done) }
        group.addTask {
          do {
            try await body(spec, info)
            return (spec.id, nil)
          } catch let error where !(error is CancellationError) {
            return (spec.id, error)
          }
        }
      }
      for try await done in group { results.append(done) }
    }
    let failed = results.compactMap { id, error in error.map { (id, $0) } }.sorted { $0.0 < $1.0 }
    problems += failed.map { Self.problem($0.0, $0.1) }
    let code = failed.compactMap { ($0.1 as? any Failure)?.exitCode }.first ?? .failed
    return (results.count - failed.count, code)
  }

  // MARK: manifests

  /// Each RPM of the manifests has to be one that a spec of the toolchain makes, or the debuginfo of one.
  private func manifests(_ bench: Workbench, _ report: MakeReport) async throws {
    var report = report
    let arch = bench.settings.arch
    if report.target != "check-manifests", report.target != "check-\(arch)-manifests" {
      throw MakeError.refusedTarget(
        report.target, because: "specs of this tree are parsed for \(arch)",
        next: "azl-dev make \(report.target) --set arch=\(report.target.split(separator: "-")[1])")
    }
    let names = Set(MakeWords.list(values["toolchain_spec_list"]))
    let specs = try await bench.session.specs().filter { names.contains($0.id) }
    guard !specs.isEmpty else {
      throw TreeError.unreadable(ToolchainSpecs.script, "it names no spec of the tree")
    }
    let infos = try await bench.session.parsed(specs)
    let made = Set(
      infos.flatMap(\.packages).flatMap { package -> [String] in
        var debug = package.nevra
        debug.name += "-debuginfo"
        return [package.nevra.fileName, debug.fileName]
      })
    let paths = [
      MakeCommand.place(values["TOOLCHAIN_MANIFEST"]),
      folder("TOOLCHAIN_MANIFESTS_DIR").appending("pkggen_core_\(arch).txt"),
    ]
    report.problems = Self.unparsed(infos)
    for path in paths {
      guard let text = try? String(contentsOfFile: path.string, encoding: .utf8) else {
        throw TreeError.unreadable(shown(path), "the manifest is not there")
      }
      // not built but downloaded, without a spec
      let strange = text.split(whereSeparator: \.isNewline).map(String.init)
        .filter { !made.contains($0) && !$0.hasPrefix("msopenjdk-") }
      report.problems! += strange.map {
        .init(subject: shown(path), message: "no spec of the toolchain makes \($0)")
      }
    }
    let count = Figure.count(made.count, "RPM")
    try show(
      report, [Output.style.fact("Checked", "the \(arch) manifests against \(count) of \(infos.count) specs")]
    )
  }
}
