// Packages builds one source package: its verified sources, SRPM, build root and RPMs. What to build, and of which
// RPMs a root consists, is decided elsewhere.
import AzureLinux
import Foundation
import RPM
import Sandbox
import SystemPackage

/// Builds one source package in a build root of layers. Everything that the build writes lies in scratch; only
/// whole, finished packages leave it.
package struct PackageBuilder: Sendable {
  package let layers: RootLayers
  let roots: KeptRoots?
  private let groups: ControlGroups
  private let report: ActivityReport
  var workspace: Workspace { layers.workspace }

  /// - Parameter roots: where roots of failed builds are kept; nil: nowhere.
  package init(
    layers: RootLayers, roots: KeptRoots? = nil, groups: ControlGroups = .find(),
    report: @escaping ActivityReport
  ) {
    self.layers = layers
    self.roots = roots
    self.groups = groups
    self.report = report
  }

  package func build(_ request: BuildRequest) async throws(PackagesError) -> BuildOutput {
    guard request.spec.status == .ok else {
      throw .notBuildable(spec: request.spec.id, status: request.spec.status)
    }
    let layer = try await root(of: request)
    let scratch = BuildScratch(
      name: "build-\(request.spec.id)-\(UUID().uuidString.lowercased())", on: layer, in: workspace)
    do {
      var output = try await build(request, on: layer, in: scratch)
      if let failure = output.checkFailure, await keep(scratch, request, failure, layer) {
        output.checkFailure?.look = look(request)
      } else {
        await layers.remove(scratch.path)
        await roots?.forget(request.spec.id, purpose: request.purpose)
      }
      return output
    } catch {
      if let failure = error.failure, await keep(scratch, request, failure, layer) {
        throw error.looking(look(request))
      }
      await layers.remove(scratch.path)
      throw error
    }
  }

  private func build(
    _ request: BuildRequest, on layer: RootLayer, in scratch: BuildScratch
  ) async throws(PackagesError) -> BuildOutput {
    do { try scratch.make() } catch { throw .sandbox(error) }
    try Topdir(path: scratch.topdir).stage(
      request.sources, spec: request.spec.id, epoch: request.identity.sourceDateEpoch)
    try BuildFiles(request, workspace: workspace).writeCommand(
      request, layer: layer, workspace: workspace, privilege: layers.privilege)
    var output = try await run(request, scratch: scratch)
    let topdir = Topdir(path: scratch.topdir)
    switch request.purpose {
    case .check: break
    case .trial: try compare(request, from: topdir, &output)
    case .packages:
      if request.observer != nil {
        output.opened = try RootFiles(layer: layer, layers: layers)
          .opened(in: scratch, contents: request.rootContents)
      }
      try publish(request, from: topdir, &output)
    }
    return output
  }

  private func look(_ request: BuildRequest) -> [String] {
    ["azl-dev", "shell", request.spec.id, "--failed"]
  }

  private func keep(
    _ scratch: BuildScratch, _ request: BuildRequest, _ failure: BuildFailure, _ layer: RootLayer
  ) async -> Bool {
    await roots?.keep(scratch, request, stage: failure.stage, layer: layer) != nil
  }

  func root(of request: BuildRequest) async throws(PackagesError) -> RootLayer {
    let layer: RootLayer
    do {
      layer = try await layers.extra(
        request.extra, on: layers.base(request.base, report: report), report: report)
    } catch {
      switch error {
      case .interrupted: throw .interrupted
      default: throw .sandbox(error)
      }
    }
    for program in ["usr/bin/rpmbuild", "usr/bin/bash"] where layers.find(program, in: layer) == nil {
      throw .buildRootLacks(spec: request.spec.id, program: "/" + program)
    }
    return layer
  }

  /// Runs rpmbuild in a root that is ready; the packages are still in it.
  func run(
    _ request: BuildRequest, scratch: BuildScratch, resumedAt stage: ResumeStage? = nil
  ) async throws(PackagesError) -> BuildOutput {
    let files = BuildFiles(request, workspace: workspace)
    try Artifacts.folder(files.folder)
    let space = scratch.path
    let log = BuildLog(spec: request.spec.id, report: report) {
      (try? DiskSpace(of: space)).map { ($0.available, $0.isExhausted) }
    }
    let limits = request.limits
    let group = ControlGroup(
      ResourceLimits(memory: limits.memory, processes: limits.processes), in: groups)
    let command = RPMBuildArguments.command(
      request, scratch: scratch, privilege: layers.privilege, machine: BuildFiles.machine,
      bounds: limits.bounds(in: group), resumedAt: stage)
    let watch = LimitWatch(
      limits: limits, group: group, log: log, scratch: scratch.path, privilege: layers.privilege)
    let result: Result<BuildFiles.Ending, PackagesError>
    do {
      var ending = try await files.run(command, log: log, group: group) { try await watch.run() }
      if ending != .exited(0), case .exited = ending, let hit = watch.atTheEnd() { ending = .limited(hit) }
      result = .success(ending)
    } catch { result = .failure(error) }
    await group?.remove()
    let ending = try result.get()
    let seen = log.finish()

    guard ending == .exited(0) else {
      if let available = log.fullDisk(seen) {
        throw .diskFull(spec: request.spec.id, path: workspace.scratch.string, available: available)
      }
      return try failed(ending, request: request, seen: seen, seconds: log.seconds, files: files)
    }
    var output = BuildOutput(
      rpms: [], check: verdict(seen), phases: seen.phases, seconds: log.seconds, log: files.shownLog,
      published: [])
    if request.purpose == .check, output.check == .failed {
      var atCheck = seen
      atCheck.stage = .check
      atCheck.finder = seen.failedCheck ?? seen.finder
      output.checkFailure = failure(request, seen: atCheck, seconds: log.seconds, files)
    }
    return output
  }

  /// What the packages are like; they stay where they are.
  private func compare(
    _ request: BuildRequest, from topdir: Topdir, _ output: inout BuildOutput
  ) throws(PackagesError) {
    let rpms = topdir.results().rpms
    guard !rpms.isEmpty else { throw .nothingBuilt(spec: request.spec.id, log: output.log) }
    for rpm in rpms {
      do { output.contents[rpm.lastComponent?.string ?? ""] = try NormalisedDigest.of(rpm: rpm) } catch {
        throw .unreadableResult(spec: request.spec.id, error)
      }
    }
  }

  private func publish(
    _ request: BuildRequest, from topdir: Topdir, _ output: inout BuildOutput
  ) throws(PackagesError) {
    let (srpms, rpms) = topdir.results()
    guard let srpm = srpms.first, !rpms.isEmpty else {
      throw .nothingBuilt(spec: request.spec.id, log: output.log)
    }
    report(.step(subject: request.spec.id, "publish"))
    let published = try Publication(workspace: workspace, spec: request.spec)
      .publish(srpm: srpm, rpms: rpms, previous: request.previous)
    output.srpm = published.srpm
    output.rpms = published.rpms
    output.published = published.published
  }

  private func verdict(_ seen: BuildLog.State) -> CheckVerdict {
    guard seen.checkStarted else { return .notRun }
    guard let status = seen.checkStatus else { return .noMarker }
    return status == 0 ? .passed : .failed
  }

  /// A build that ended badly is an error, but for one: in a check, tests that fail are the answer.
  private func failed(
    _ ending: BuildFiles.Ending, request: BuildRequest, seen: BuildLog.State, seconds: Double,
    files: BuildFiles
  ) throws(PackagesError) -> BuildOutput {
    if case .exited(let status) = ending, seen.stage == nil {
      throw .notEntered(
        spec: request.spec.id, status: status, lastLines: seen.finder.last, log: files.shownLog)
    }
    var failure = failure(request, seen: seen, seconds: seconds, files)
    if case .limited(let hit) = ending {
      failure.message = hit.text
      failure.lines = [hit.text] + seen.finder.last.suffix(3)
      failure.hint = nil
      throw .limited(failure, hit)
    }
    guard request.purpose == .check, seen.stage == .check else { throw .buildFailed(failure) }
    return BuildOutput(
      rpms: [], check: .failed, checkFailure: failure, phases: seen.phases, seconds: seconds,
      log: files.shownLog,
      published: [])
  }

  private func failure(
    _ request: BuildRequest, seen: BuildLog.State, seconds: Double, _ files: BuildFiles
  ) -> BuildFailure {
    let found = seen.finder.found
    let message = found?.telling ?? seen.finder.last.last ?? ""
    let place = FailureFinder.place(in: message)
    return BuildFailure(
      spec: request.spec.id, stage: seen.stage ?? .srpm, seconds: seconds,
      message: message.trimmingCharacters(in: .whitespaces),
      file: place.map { $0.file ?? request.spec.path }, line: place?.line,
      lines: found?.lines ?? seen.finder.last, log: files.shownLog, logLine: found?.number ?? seen.lineCount,
      reproduce: ["sh", files.shownCommand], hint: seen.finder.hint)
  }
}

extension PackagesError {
  /// What is known of a build that ran and failed.
  package var failure: BuildFailure? {
    switch self {
    case .buildFailed(let failure), .limited(let failure, _): failure
    default: nil
    }
  }

  /// The same, with the command that looks into the root that was kept of it.
  func looking(_ look: [String]) -> PackagesError {
    with { $0.look = look }
  }

  package func with(_ change: (inout BuildFailure) -> Void) -> PackagesError {
    guard var failure else { return self }
    change(&failure)
    return switch self {
    case .limited(_, let hit): .limited(failure, hit)
    default: .buildFailed(failure)
    }
  }
}
