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
  private let report: ActivityReport
  private var workspace: Workspace { layers.workspace }

  package init(layers: RootLayers, report: @escaping ActivityReport) {
    self.layers = layers
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
      let output = try await run(request, layer: layer, scratch: scratch)
      await layers.remove(scratch.path)
      return output
    } catch {
      await layers.remove(scratch.path)
      throw error
    }
  }

  private func root(of request: BuildRequest) async throws(PackagesError) -> RootLayer {
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

  private func run(
    _ request: BuildRequest, layer: RootLayer, scratch: BuildScratch
  ) async throws(PackagesError) -> BuildOutput {
    let files = BuildFiles(request, workspace: workspace)
    let topdir = Topdir(path: scratch.topdir)
    do { try scratch.make() } catch { throw .sandbox(error) }
    try topdir.stage(request.sources, spec: request.spec.id, epoch: request.identity.sourceDateEpoch)
    try files.writeCommand(request, layer: layer, workspace: workspace, privilege: layers.privilege)

    let space = workspace.scratch
    let log = BuildLog(spec: request.spec.id, report: report) {
      (try? DiskSpace(of: space)).map { ($0.available, $0.isExhausted) }
    }
    let command = RPMBuildArguments.command(
      request, scratch: scratch, privilege: layers.privilege, machine: BuildFiles.machine)
    let ending = try await files.run(command, log: log, limit: request.limits.seconds)
    let seen = log.finish()

    guard ending == .exited(0) else {
      if let available = log.fullDisk(seen) {
        throw .diskFull(spec: request.spec.id, path: space.string, available: available)
      }
      return try failed(ending, request: request, seen: seen, seconds: log.seconds, files: files)
    }
    var output = BuildOutput(
      rpms: [], check: verdict(seen), phases: seen.phases, seconds: log.seconds, log: files.shownLog,
      published: [])
    if request.purpose == .check {
      if output.check == .failed {
        var atCheck = seen
        atCheck.stage = .check
        atCheck.finder = seen.failedCheck ?? seen.finder
        output.checkFailure = failure(request, seen: atCheck, seconds: log.seconds, files)
      }
      return output
    }
    let (srpms, rpms) = topdir.results()
    guard let srpm = srpms.first, !rpms.isEmpty else {
      throw .nothingBuilt(spec: request.spec.id, log: files.shownLog)
    }
    if request.purpose == .trial {
      for rpm in rpms {
        do { output.contents[rpm.lastComponent?.string ?? ""] = try NormalisedDigest.of(rpm: rpm) } catch {
          throw .unreadableResult(spec: request.spec.id, error)
        }
      }
      return output
    }
    if request.observer != nil {
      let root = RootFiles(layer: layer, layers: layers)
      output.opened = try root.opened(in: scratch, contents: request.rootContents)
    }
    report(.step(subject: request.spec.id, "publish"))
    let published = try Publication(workspace: workspace, spec: request.spec)
      .publish(srpm: srpm, rpms: rpms, previous: request.previous)
    output.srpm = published.srpm
    output.rpms = published.rpms
    output.published = published.published
    return output
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
    let failure = failure(request, seen: seen, seconds: seconds, files)
    if case .timedOut(let limit) = ending { throw .timedOut(failure, limit: limit) }
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
