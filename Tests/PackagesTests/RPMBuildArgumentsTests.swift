import AzureLinux
import Sandbox
import SystemPackage
import Testing

@testable import Packages

@Suite struct RPMBuildArgumentsTests {
  private func request(_ purpose: BuildRequest.Purpose = .packages, arch: String = "x86_64") async throws
    -> BuildRequest
  {
    let place = try Place()
    try place.write(Greeting.source, to: "greeting.c")
    try place.write(Greeting.spec(), to: "greeting.spec")
    var request = try await place.request(base: [], purpose: purpose)
    request.arch = arch
    return request
  }

  private func defines(processors: Int = 2) -> String {
    """
    -D 'dist .azl3' -D 'azl 3' -D 'distro_release_version 3.0.20260401' -D 'mariner_build_number abc1234' \
    -D 'distro_module_ldflags -Wl,-dT,%{_topdir}/BUILD/module_info.ld' -D '_smp_ncpus_max \(processors)' \
    -D 'azl_other_version 2' -D '_topdir /usr/src/azl' -D '_buildhost azl-build' \
    -D 'source_date_epoch_from_changelog 0' -D 'use_source_date_epoch_as_buildtime 1' \
    -D 'clamp_mtime_to_source_date_epoch 1'
    """
  }

  /// Its header holds the expanded spec, and must be the same whatever the processors.
  @Test func theSourcePackage() async throws {
    #expect(
      try await Command(RPMBuildArguments.sourcePackage(request(), machine: "x86_64")).description
        == "rpmbuild -bs --nodeps -D 'with_check 0' \(defines(processors: 1)) /usr/src/azl/SPECS/greeting.spec"
    )
  }

  @Test func theBuild() async throws {
    #expect(
      try await Command(RPMBuildArguments.rebuild(request(), machine: "x86_64")).description
        == "rpmbuild --nocheck --rebuild --nodeps -D 'with_check 0' \(defines())")
  }

  @Test func theCheck() async throws {
    #expect(
      try await Command(RPMBuildArguments.rebuild(request(.check), machine: "x86_64")).description
        == "rpmbuild -ri --nodeps -D 'with_check 1' \(defines())")
  }

  @Test func aCacheIsADefineAndAMount() async throws {
    var request = try await request()
    request.cache = "/cache"
    let layer = RootLayer(kind: .base, key: Digest.unknown)
    let command = RPMBuildArguments.command(
      request, scratch: BuildScratch(name: "x", on: layer, in: Workspace(tree: "/tree")), privilege: .root,
      machine: "x86_64")
    #expect(command.description.contains("--bind /cache /ccache-dir"))
    #expect(command.description.contains("ccache_enabled true"))
  }

  @Test func goingOnLeavesStagesOut() async throws {
    func steps(_ purpose: BuildRequest.Purpose, _ stage: ResumeStage) async throws -> [String] {
      let text = try await RPMBuildArguments.resumed(request(purpose), at: stage, machine: "x86_64")
      return text.split(separator: "\n").filter { $0.hasPrefix("rpmbuild") }.map { line in
        line.split(separator: " ").dropFirst().filter {
          $0.hasPrefix("-b") || $0.hasPrefix("--") && $0 != "--nodeps"
        }
        .joined(separator: " ")
      }
    }
    #expect(try await steps(.packages, .prep) == ["-bb --nocheck --noclean"])
    #expect(
      try await steps(.packages, .build) == [
        "-bc --short-circuit", "-bi --short-circuit --nocheck", "-bb --short-circuit --noclean",
      ])
    #expect(
      try await steps(.packages, .install) == [
        "-bi --short-circuit --nocheck", "-bb --short-circuit --noclean",
      ])
    #expect(try await steps(.check, .check) == ["-bi --short-circuit"])
    #expect(try await steps(.check, .build) == ["-bc --short-circuit", "-bi --short-circuit"])
  }

  @Test func anotherArchitecture() async throws {
    #expect(
      try await RPMBuildArguments.rebuild(request(arch: "aarch64"), machine: "x86_64")[4...5]
        == ["--target", "aarch64-mariner-linux"])
  }

  @Test func anObserverStandsBetweenTheMountAndTheSandbox() async throws {
    var request = try await request()
    request.observer = "/usr/bin/azl-dev"
    let place = try Place()
    let layer = RootLayer(kind: .base, key: .unknown)
    let scratch = BuildScratch(name: "build-x", on: layer, in: place.workspace)
    let words = RPMBuildArguments.command(request, scratch: scratch, privilege: .root, machine: "x86_64")
      .arguments
    let at = try #require(words.firstIndex(of: "/usr/bin/azl-dev"))
    #expect(words[at - 1] == "scratch/build-x/merged")
    #expect(
      Array(words[at...(at + 5)]) == [
        "/usr/bin/azl-dev", "observe-build", "scratch/build-x/merged", scratch.opened.string, "--", "bash",
      ])
    // the script that builds again watches nothing
    let script = ReproduceScript.text(request, scratch: scratch, privilege: .root, machine: "x86_64")
    #expect(!script.contains("observe-build"))
  }

  @Test func distGivesTheDistributionMacro() {
    var identity = Place.identity
    #expect(identity.distribution?.name == "azl" && identity.distribution?.major == "3")
    identity.dist = ".cm2"
    #expect(identity.distribution?.name == "cm" && identity.distribution?.major == "2")
    identity.dist = ""
    #expect(identity.distribution == nil)
  }
}
