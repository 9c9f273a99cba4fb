import AzureLinux
import Foundation
import RPM
import Repositories
import Solver
import Storage
import SystemPackage
import TestSupport
import Testing

private let mirror = ProcessInfo.processInfo.environment["AZL_DEMO_MIRROR"]

/// The whole way over a mirror of real packages: metadata, manifest, a build root, its RPMs.
@Suite(.serialized, .enabled(if: mirror != nil, "AZL_DEMO_MIRROR names a folder made by azl-demo-mirror"))
struct MirrorTests {
  let root = FilePath(mirror ?? "/")

  @Test(arguments: hasNginx ? [false, true] : [false]) func buildRootIsPlannedAndFetched(overHTTP: Bool)
    async throws
  {
    let home = FilePath("/tmp/mirror-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(atPath: home.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: home.string) }
    let workspace = Workspace(tree: home)
    let served = home.appending("served")
    try FileManager.default.createSymbolicLink(atPath: served.string, withDestinationPath: root.string)
    if overHTTP {
      try await withFaultyServer(home) { server in try await plan(server.url + "/served", workspace) }
    } else {
      try await plan("file://\(root)", workspace)
    }
  }

  private func plan(_ url: String, _ workspace: Workspace) async throws {
    let clock = ContinuousClock()
    let access = RepositoryAccess(
      RepositorySettings(
        id: "base", url: url + "/azurelinux/$releasever/prod/base/$basearch",
        keys: ["\(root)/keys/RPM-GPG-KEY-azl-demo"]),
      variables: ["releasever": "3.0", "basearch": "x86_64"], tree: workspace.tree)
    var snapshot: RepositorySnapshot?
    let refresh = try await clock.measure {
      snapshot = try await RepositoryRefresh(access, workspace: workspace).run()
    }
    let source = try #require(snapshot).source(priority: 50)
    var opened: Universe?
    let parse = try await clock.measure { opened = try await Universe.open(arch: "x86_64", [source]) }
    let load = try await clock.measure { opened = try await Universe.open(arch: "x86_64", [source]) }
    let universe = try #require(opened)

    let manifest = try String(contentsOfFile: "\(root)/manifests/pkggen_core_x86_64.txt", encoding: .utf8)
    let base = try await universe.resolveManifest(manifest.split(separator: "\n").map(String.init))
    let inexact = base.filter { !$0.isExact }.map(\.requested)
    #expect(inexact.isEmpty)
    var solution: Solution?
    let wanted = ["gcc", "make", "zlib-devel", "/usr/bin/perl"].map { Dependency(text: $0, name: $0) }
    let solve = try await clock.measure {
      solution = try await universe.solve(SolveRequest(install: wanted, base: base.map(\.package)))
    }
    let root = try #require(solution)
    #expect(root.replaced.isEmpty)
    let packages = root.packages.compactMap { if case .published(let package) = $0 { package } else { nil } }
    #expect(packages.count == root.packages.count)
    #expect(Set(packages).isSuperset(of: base.map(\.package)))

    let downloads = Downloads([access], workspace: workspace)
    var files: [RPMFile] = []
    let fetch = try await clock.measure { files = try await downloads.packages(packages) }
    let again = try await clock.measure { _ = try await downloads.packages(packages) }
    #expect(files.count == packages.count)
    let bytes = files.map(\.size).reduce(0, +)
    for file in files.prefix(20) {
      #expect(try RPMHeader.read(FilePath(file.path)).nevra.description == file.nevra.description)
    }
    print(
      """
      \(url): refresh \(refresh), parse \(parse), load \(load), solve \(packages.count) RPMs \(solve), \
      fetch and verify \(bytes) bytes \(fetch), again \(again)
      """)
  }
}
