import AzureLinux
import Foundation
import Sandbox
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Packages

/// A tree with one package in it, and what a build of it needs.
final class Place: Sendable {
  let folder: FilePath
  let workspace: Workspace
  let activities = Mutex<[Activity]>([])
  private let owned: TemporaryFolder

  init() throws {
    owned = try TemporaryFolder()
    folder = owned.path
    workspace = Workspace(tree: folder)
  }

  var layers: RootLayers { RootLayers(workspace: workspace) { Digest.of($0) } }
  var builder: PackageBuilder {
    PackageBuilder(layers: layers) { activity in self.activities.withLock { $0.append(activity) } }
  }

  func write(_ text: String, to name: String) throws {
    let path = folder.appending("SPECS/greeting").appending(name)
    try FileManager.default.createDirectory(
      atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
    try text.write(toFile: path.string, atomically: true, encoding: .utf8)
  }

  func signature(of name: String) throws -> Digest {
    try Digest.of(file: folder.appending("SPECS/greeting").appending(name))
  }

  /// What parsing the spec of `Greeting` would tell.
  func info(sources: [String] = ["greeting.c"], patches: [String] = []) -> SpecInfo {
    var info = SpecInfo(id: "greeting", path: "SPECS/greeting/greeting.spec", status: .ok)
    let evr = EVR(epoch: 1, version: "1.0", release: "1.azl3")
    info.source = SourcePackage(name: "greeting", evr: evr, srpm: "greeting-1.0-1.azl3.src.rpm")
    info.packages = [
      BinaryPackage(
        nevra: NEVRA(name: "greeting", evr: evr, arch: BuildFiles.machine), provides: [], requires: [])
    ]
    info.sources = sources.map { SourceFile(file: $0, url: $0) }
    info.patches = patches
    return info
  }

  /// A request over the folder as it is now.
  func request(
    _ info: SpecInfo? = nil, base: [RPMFile], purpose: BuildRequest.Purpose = .packages,
    limits: BuildLimits = BuildLimits(processors: 2), previous: [String] = []
  ) async throws -> BuildRequest {
    let info = info ?? self.info()
    var signatures: [String: Digest] = [:]
    for source in info.sources { signatures[source.file] = try signature(of: source.file) }
    let sources = try await SourceSet.resolve(info, signatures: signatures, workspace: workspace)
    return BuildRequest(
      spec: info, sources: sources, base: base, extra: [], identity: Place.identity, arch: BuildFiles.machine,
      key: Digest.of(sources.spec.digest.hex), purpose: purpose, limits: limits, previous: previous)
  }

  static let identity = BuildIdentity(
    dist: ".azl3", releaseVersion: "3.0.20260401", buildNumber: "abc1234", sourceDateEpoch: 1_700_000_000,
    defines: ["azl_other_version": "2"])
}

/// A small package: one program, one noarch subpackage, a `%check`.
enum Greeting {
  static let source = """
    #include <stdio.h>
    int main(int n, char **a) { puts(n > 1 ? __DATE__ __TIME__ : "hello"); return 0; }

    """

  static func spec(
    prep: String = "cp %{SOURCE0} .", build: String = "gcc -O2 -g -o greeting greeting.c",
    install: String = "install -D greeting %{buildroot}/usr/bin/greeting",
    check: String = "test \"$(./greeting)\" = hello", files: String = "/usr/bin/greeting", patch: String = ""
  ) -> String {
    """
    Name: greeting
    Epoch: 1
    Version: 1.0
    Release: 1%{?dist}
    Summary: Says hello
    License: MIT
    Source0: greeting.c
    \(patch)
    %description
    Says hello.
    %package common
    Summary: Words
    BuildArch: noarch
    %description common
    Words.
    %prep
    \(prep)
    %build
    \(build)
    %install
    \(install)
    mkdir -p %{buildroot}/usr/share/greeting
    echo "%{distro_release_version} %{mariner_build_number} %{azl}" > %{buildroot}/usr/share/greeting/words
    date --date=@$SOURCE_DATE_EPOCH > %{buildroot}/usr/share/greeting/date
    %check
    \(check)
    %files
    \(files)
    %files common
    /usr/share/greeting

    """
  }
}

/// One place for all tests of a suite, so that its base layer is made once; removed when the suite has ended.
struct SharedPlace: SuiteTrait, TestScoping {
  @TaskLocal static var current: Place?

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await SharedPlace.$current.withValue(Place()) { try await function() }
  }
}

extension Trait where Self == SharedPlace {
  static var sharedPlace: SharedPlace { SharedPlace() }
}
