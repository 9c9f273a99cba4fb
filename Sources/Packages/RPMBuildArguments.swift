import AzureLinux
import Sandbox
import SystemPackage

/// rpmbuild's arguments, as upstream's plus what makes two builds give the same bytes.
package enum RPMBuildArguments {
  package static let topdir = "/usr/src/azl"
  package static let hostName = "azl-build"

  /// Always in this order; upstream's order is random.
  package static func defines(
    _ identity: BuildIdentity, purpose: BuildRequest.Purpose, limits: BuildLimits,
    cached: Bool = false
  ) -> [String] {
    var pairs: [(String, String)] = [("with_check", purpose == .check ? "1" : "0"), ("dist", identity.dist)]
    if let (name, major) = identity.distribution { pairs.append((name, major)) }
    pairs += [
      ("distro_release_version", identity.releaseVersion),
      ("mariner_build_number", identity.buildNumber),
      ("distro_module_ldflags", "-Wl,-dT,%{_topdir}/BUILD/module_info.ld"),
    ]
    if let processors = limits.processors { pairs.append(("_smp_ncpus_max", String(processors))) }
    if cached { pairs.append(("ccache_enabled", "true")) }
    pairs += identity.defines.sorted { $0.key < $1.key }
    pairs += [
      ("_topdir", topdir),
      ("_buildhost", hostName),
      ("source_date_epoch_from_changelog", "0"),
      ("use_source_date_epoch_as_buildtime", "1"),
      ("clamp_mtime_to_source_date_epoch", "1"),
    ]
    return pairs.flatMap { ["-D", "\($0.0) \($0.1)"] }
  }

  package static func target(_ arch: String, machine: String) -> [String] {
    arch == machine || arch == "noarch" ? [] : ["--target", "\(arch)-mariner-linux"]
  }

  /// An SRPM's header holds the spec with all macros expanded: `make -j` stands there, and must not tell how many
  /// processors this machine had free.
  package static func sourcePackage(_ request: BuildRequest, machine: String) -> [String] {
    var limits = request.limits
    limits.processors = 1
    return ["rpmbuild", "-bs", "--nodeps"] + target(request.arch, machine: machine)
      + defines(request.identity, purpose: request.purpose, limits: limits, cached: request.cache != nil)
      + ["\(topdir)/SPECS/\(request.spec.id).spec"]
  }

  /// Without the SRPM's path, which follows.
  package static func rebuild(_ request: BuildRequest, machine: String) -> [String] {
    let mode = request.purpose == .check ? ["-ri", "--nodeps"] : ["--nocheck", "--rebuild", "--nodeps"]
    return ["rpmbuild"] + mode + target(request.arch, machine: machine)
      + defines(
        request.identity, purpose: request.purpose, limits: request.limits, cached: request.cache != nil)
  }

  /// One shell in the build root: make the SRPM, forget its sources, build from it alone. Each step announces
  /// itself as rpmbuild announces its own, so that the log reads as one.
  package static func script(_ request: BuildRequest, machine: String) -> String {
    let source = Command(sourcePackage(request, machine: machine)).description
    let rebuild = Command(rebuild(request, machine: machine)).description
    let pack = """
      echo 'Executing(srpm): rpmbuild -bs \(request.spec.id).spec'
      \(source) || exit

      """
    return """
      cd \(topdir) || exit
      \(request.sources.hasSRPM ? "" : pack)\
      rm -rf SOURCES SPECS BUILD BUILDROOT
      echo 'Executing(rebuild): rpmbuild --rebuild'
      exec \(rebuild) SRPMS/*.src.rpm
      """
  }

  package static func confinement(scratch: BuildScratch, epoch: Int64, bounds: RootBounds) -> Confinement {
    let temporary: Confinement.Mount = bounds.temporary.map { .sized("/tmp", $0) } ?? .temporary("/tmp")
    return Confinement(
      root: .overlay(scratch.overlay), mounts: [.bind(scratch.topdir, at: FilePath(topdir)), temporary],
      environment: [
        "PATH": "/bin:/usr/bin:/sbin:/usr/sbin", "HOME": "/root", "USER": "root", "LOGNAME": "root",
        "SHELL": "/bin/bash", "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "dumb",
        "SOURCE_DATE_EPOCH": String(epoch),
      ],
      hostName: hostName, memoryLimit: bounds.memory, processLimit: bounds.processes)
  }

  package static func command(
    _ request: BuildRequest, scratch: BuildScratch, privilege: Privilege, machine: String,
    bounds: RootBounds = RootBounds(), resumedAt stage: ResumeStage? = nil
  ) -> Command {
    let script =
      stage.map { resumed(request, at: $0, machine: machine) } ?? script(request, machine: machine)
    var confinement = confinement(
      scratch: scratch, epoch: request.identity.sourceDateEpoch, bounds: bounds)
    if let cache = request.cache { confinement.mounts.append(.bind(cache, at: "/ccache-dir")) }
    if let program = request.observer {
      confinement.observer = BuildObserver.words(
        program: program, root: scratch.overlay.merged, list: scratch.opened)
    }
    return confinement.command(["/bin/bash", "-c", script], privilege: privilege)
  }
}
