import AzureLinux
import Checks
import Foundation
import Incremental
import Pipeline
import SystemPackage

/// Contribution checks of the working tree against a commit.
struct LiveChecks {
  let bench: Workbench
  let report: ActivityReport

  /// - Parameters:
  ///   - named: only these specs, changed or not; empty: all changed ones.
  ///   - base: branch, tag or commit; nil: the baseline.
  ///   - all: list findings that the baseline has too.
  func run(_ named: [SpecLocation], base: String?, all: Bool) async throws -> CheckReport {
    let commit = try await base.asyncMap { try await bench.baseline.git.commit($0) }
    let id = commit?.id ?? bench.lock.commit
    let changes = try await bench.baseline.changes(base: id, head: nil)
    let pairs = SpecPair.all(try await bench.session.specs(), changes: changes)
    let chosen = pairs.filter { named.isEmpty ? $0.isChanged : named.contains($0.spec) }
    let baseline = BaselineSpecs(bench: bench, commit: id, pairs: pairs)
    let subjects: [CheckReport.Subject]
    do {
      subjects = try await self.subjects(chosen, baseline)
    } catch {
      baseline.remove()
      throw error
    }
    baseline.remove()
    return CheckReport(
      base: AffectedReport.Point(ref: commit?.ref ?? bench.lock.ref, commit: id), subjects: subjects, all: all
    )
  }

  private func subjects(_ pairs: [SpecPair], _ baseline: BaselineSpecs) async throws -> [CheckReport.Subject]
  {
    let infos = try await bench.session.parsed(pairs.map(\.spec))
    let script = try? String(
      contentsOfFile: bench.workspace.tree.appending(ToolchainSpecs.script).string, encoding: .utf8)
    let toolchain = ToolchainSpecs.named(in: script)
    let subject = { @Sendable (pair: SpecPair, info: SpecInfo) async throws -> CheckReport.Subject in
      report(.step(subject: pair.spec.id, "checking"))
      let now = CheckedSpec(
        spec: pair.spec, info: info,
        files: try PackageFiles(
          folder: bench.workspace.tree.appending(pair.spec.directory), name: pair.spec.directory,
          sources: Set(info.sources.map(\.file))), isToolchain: toolchain.contains(pair.spec.id))
      let before = pair.isChanged ? try await pair.before.asyncMap { try await baseline.checked($0) } : now
      return CheckReport.Subject(now: now, before: before, isChanged: pair.isChanged)
    }
    return try await withThrowingTaskGroup(of: CheckReport.Subject.self) { group in
      var subjects: [CheckReport.Subject] = []
      for (position, (pair, info)) in zip(pairs, infos).enumerated() {
        // as many at a time as there are parse workers at most
        if position >= 8, let done = try await group.next() { subjects.append(done) }
        group.addTask { try await subject(pair, info) }
      }
      for try await done in group { subjects.append(done) }
      return subjects
    }
  }
}

/// Specs as they are in a commit, written into the workspace's scratch folder so that the workers can parse them.
actor BaselineSpecs {
  private let bench: Workbench
  private let commit: String
  private nonisolated let folder: FilePath
  private let now: [SpecLocation]
  /// Of changed specs, by the id that they have now; nil when they are new.
  private let before: [String: SpecLocation?]
  private var written: [SpecLocation: FilePath] = [:]
  /// Made so far: each spec has its own, written by nobody else while it is parsed.
  private var folders = 0
  private var infos: [SpecLocation: SpecInfo] = [:]
  private var toolchain: Set<String>?

  init(bench: Workbench, commit: String, pairs: [SpecPair]) {
    self.bench = bench
    self.commit = commit
    folder = bench.workspace.scratch.appending("baseline-\(UUID().uuidString.lowercased())")
    now = pairs.map(\.spec)
    before = Dictionary(pairs.filter(\.isChanged).map { ($0.spec.id, $0.before) }) { first, _ in first }
  }

  nonisolated func remove() { try? FileManager.default.removeItem(atPath: folder.string) }

  func checked(_ spec: SpecLocation) async throws -> CheckedSpec {
    let info = try await info(spec)
    if toolchain == nil {
      let script = try await bench.baseline.git.content(of: ToolchainSpecs.script, at: commit)
      toolchain = ToolchainSpecs.named(in: script.map { String(decoding: $0, as: UTF8.self) })
    }
    return CheckedSpec(
      spec: spec, info: info,
      files: try PackageFiles(
        folder: try await directory(spec), name: spec.directory, sources: Set(info.sources.map(\.file))),
      isToolchain: toolchain?.contains(spec.id) == true)
  }

  private func directory(_ spec: SpecLocation) async throws -> FilePath {
    if let path = written[spec] { return path }
    folders += 1
    let target = folder.appending(String(folders))
    try FileManager.default.createDirectory(atPath: target.string, withIntermediateDirectories: true)
    let path = try await bench.baseline.git.materialise(spec.directory, at: commit, into: target)
    written[spec] = path
    return path
  }

  private func info(_ spec: SpecLocation) async throws -> SpecInfo {
    if let info = infos[spec] { return info }
    let path = try await directory(spec)
    let file = path.appending(FilePath(spec.path).lastComponent?.string ?? "")
    let text = (try? String(contentsOfFile: file.string, encoding: .utf8)) ?? ""
    var place = file
    _ = place.removePrefix(bench.workspace.tree)
    var info = try await bench.specs.parse(
      SpecLocation(id: spec.id, path: place.string), versions: try await versions(text, of: spec),
      macros: try await bench.session.engine.value(of: MacroSet()))
    info.path = spec.path
    let here = place.removingLastComponent().string + "/"
    info.findings = info.findings.map { finding in
      var finding = finding
      if finding.file.hasPrefix(here) {
        finding.file = spec.directory + "/" + finding.file.dropFirst(here.count)
      }
      finding.message = finding.message.replacing(here, with: spec.directory + "/")
      return finding
    }
    infos[spec] = info
    return info
  }

  /// Of specs whose version this one reads, as the commit has them.
  private func versions(_ text: String, of spec: SpecLocation) async throws -> [String: EVR] {
    let names = VersionMacros.reads(in: text)
    guard !names.isEmpty else { return [:] }
    var versions: [String: EVR] = [:]
    for other in now where other.id != spec.id && names.contains(VersionMacros.spelling(of: other.id)) {
      if let changed = before[other.id] {
        if let old = changed { versions[other.id] = try await info(old).source?.evr }
      } else {
        versions[other.id] = try await bench.session.parsed([other]).first?.source?.evr
      }
    }
    return versions
  }
}
