import AzureLinux
import Foundation
import Sandbox

/// Where a build that failed goes on, in the root that was kept of it.
package enum ResumeStage: String, CaseIterable, Codable, Sendable { case prep, build, install, check }

extension RPMBuildArguments {
  /// rpmbuild's own way to leave stages out. It cannot leave `%install` out and run `%check`, so for that the program
  /// that runs `%install` does nothing. Packages made so need `rpmlib(ShortCircuited)`, which no rpm provides.
  package static func resumed(_ request: BuildRequest, at stage: ResumeStage, machine: String) -> String {
    let defines =
      target(request.arch, machine: machine)
      + defines(
        request.identity, purpose: request.purpose, limits: request.limits, cached: request.cache != nil)
    let check = request.purpose == .check
    func rpmbuild(_ mode: String, short: Bool, _ more: [String] = []) -> String {
      let words =
        ["rpmbuild", mode, "--nodeps"] + (short ? ["--short-circuit"] : []) + more + defines
        + ["SPECS/\(request.spec.id).spec"]
      return Command(words).description
    }
    let unchecked = check || stage == .check ? [] : ["--nocheck"]
    let install = rpmbuild("-bi", short: true, unchecked)
    let steps: [String] =
      switch stage {
      case .prep: [rpmbuild(check ? "-bi" : "-bb", short: false, unchecked + ["--noclean"])]
      case .build: [rpmbuild("-bc", short: true), install]
      case .install: [install]
      case .check: [rpmbuild("-bi", short: true, ["-D", "__spec_install_cmd /bin/true"])]
      }
    // whoever goes on here once more needs what was installed
    let packages = check || stage == .prep ? [] : [rpmbuild("-bb", short: true, ["--noclean"])]
    return """
      cd \(topdir) || exit
      rm -rf RPMS/*
      echo 'Executing(rebuild): rpmbuild, resumed at \(stage.rawValue)'
      \((steps + packages).joined(separator: " &&\n"))
      """
  }
}

extension PackageBuilder {
  /// Goes on with a build that failed, with the spec and sources as they are now, on the layers that it is planned
  /// with now. What comes out stays in the kept root: it is not what a build from nothing gives.
  package func resume(
    _ request: BuildRequest, in root: KeptRoot, at stage: ResumeStage
  ) async throws(PackagesError) -> BuildOutput {
    guard let roots else { throw .noKeptRoot(spec: request.spec.id) }
    var root = root
    root.layer = try await self.root(of: request)
    let hold = try await roots.enter(root)
    defer { withExtendedLifetime(hold) {} }
    let scratch = root.scratch(in: workspace)
    try Topdir(path: scratch.topdir).stage(
      request.sources, spec: request.spec.id, epoch: request.identity.sourceDateEpoch)
    do {
      var output = try await run(request, scratch: scratch, resumedAt: stage)
      output.rpms = try Publication(workspace: workspace, spec: request.spec)
        .described(Topdir(path: scratch.topdir).results().rpms)
      root.stage = output.check == .failed ? .check : nil
      try roots.save(root)
      return output
    } catch {
      root.stage = error.failure?.stage ?? root.stage
      try roots.save(root)
      throw error.looking(["azl-dev", "shell", request.spec.id, "--failed"])
    }
  }

  /// A root as a build finds it, for a shell.
  package func fresh(_ request: BuildRequest) async throws(PackagesError) -> KeptRoot {
    guard let roots else { throw .noKeptRoot(spec: request.spec.id) }
    let layer = try await self.root(of: request)
    let root = KeptRoot(
      name: "\(request.spec.id)-shell-\(UUID().uuidString.prefix(8).lowercased())", kind: .shell,
      request: request, stage: nil, layer: layer)
    let scratch = root.scratch(in: workspace)
    do { try scratch.make() } catch { throw .sandbox(error) }
    try Topdir(path: scratch.topdir).stage(
      request.sources, spec: request.spec.id, epoch: request.identity.sourceDateEpoch)
    try roots.save(root)
    return root
  }
}
