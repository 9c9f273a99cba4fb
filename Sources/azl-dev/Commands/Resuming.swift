import ArgumentParser
import AzureLinux
import Foundation
import Incremental
import Packages
import Pipeline
import SystemPackage
import Terminal

extension ResumeStage: ExpressibleByArgument {}

extension TryCommand {
  /// Goes on in the root of a failed build. Nothing of it becomes a value: the engine still knows that the last build
  /// failed, and the next `try` builds from nothing.
  func resume(_ spec: SpecLocation, at stage: ResumeStage, _ bench: Workbench, _ view: BuildProgress)
    async throws
  {
    let purpose: Packages.BuildRequest.Purpose? = building.check == true ? .check : nil
    guard let root = bench.builder.roots.failed(spec.id, purpose: purpose) else {
      throw PackagesError.noKeptRoot(spec: spec.id)
    }
    var build = BuildReport.Build(
      spec: spec.id, reason: "resumed at %\(stage.rawValue)", result: .built, seconds: 0)
    build.notForRelease = true
    build.reproduce += ["--resume-from", stage.rawValue]
    view.begin(goals: [spec.id], history: bench.history)
    view.session(.started(spec: spec.id, reason: build.reason))
    view.activity(.step(subject: spec.id, "root"))
    let start = ContinuousClock.now
    var code = AzureLinux.ExitCode.success
    do {
      let extent = try await bench.session.extentOfFailedBuild(of: spec)
      let request = try await bench.session.engine.value(
        of: ReadyBuild(spec: spec, extent: extent, check: root.purpose == .check))
      let output = try await bench.builder.packageBuilder.resume(
        bench.builder.ready(request, root.purpose), in: root, at: stage)
      build.check = output.check
      build.log = output.log
      build.rpms = output.rpms.map { file in
        var path = FilePath(file.path)
        _ = path.removePrefix(bench.workspace.tree)
        return BuildReport.RPM(
          path: path.string, nevra: file.nevra.description, sha256: file.digest, size: file.size)
      }
      if let failure = output.checkFailure { (build.failure, code) = (.init(failure), .failed) }
    } catch let error as PackagesError where error.failure != nil {
      build.failure = error.failure.map(BuildReport.Trouble.init)
      code = error.exitCode
    }
    build.seconds = (ContinuousClock.now - start) / .seconds(1)
    if code != .success { build.result = .failed }
    view.end()
    try show(build, view)
    if code != .success { throw Failed(code: code) }
  }

  private func show(_ build: BuildReport.Build, _ view: BuildProgress) throws {
    if common.json {
      return try Output.json(
        BuildReport(
          goals: [build.spec], result: build.result, seconds: build.seconds, builds: [build], cutOff: []))
    }
    let lines = BuildView(style: view.status.style).resumed(build)
    if build.result == .failed { for line in lines { view.status.print(line) } } else { Output.lines(lines) }
  }
}
