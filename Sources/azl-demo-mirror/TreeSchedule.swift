import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Builds all specs of the tree in an order that their BuildRequires allow.
struct TreeSchedule: Sendable {
  let builder: TreeBuild
  let root: BuildRoot
  let layer: [RPMPool.Entry]
  let jobs: Int

  private struct Job: Sendable {
    var spec: TreeSpec
    var extra: [RPMPool.Entry]
    var digest: Digest
  }

  /// All RPMs and SRPMs of `specs`. A spec whose requirements no RPM provides yet waits for the others; when
  /// nothing more can be built, the first one left says what it lacks.
  func run(_ specs: [TreeSpec], pool: inout RPMPool) async throws -> [FilePath] {
    var waiting = specs
    var results: [FilePath] = []
    while !waiting.isEmpty {
      var ready: [Job] = []
      var blocked: [TreeSpec] = []
      var reason: (any Error)?
      let unbuilt = Set(waiting.flatMap(\.packages))
      for spec in waiting {
        do {
          let extra = try pool.closure(of: spec.buildRequires, installed: root.packages, subject: spec.id)
          // a package that is about to be built again must not be used in its old state
          if extra.contains(where: { unbuilt.contains($0.name) && !spec.packages.contains($0.name) }) {
            blocked.append(spec)
          } else {
            ready.append(Job(spec: spec, extra: extra, digest: digest(spec, extra)))
          }
        } catch let error as MirrorError {
          blocked.append(spec)
          reason = reason ?? error
        }
      }
      guard !ready.isEmpty else {
        throw reason
          ?? MirrorError.unresolvable(subject: blocked[0].id, capabilities: blocked[0].buildRequires)
      }
      let built = try await concurrently(jobs, ready) { job in
        builder.cache.touch(job.digest)
        if let files = builder.cache.files(job.digest) { return files }
        return try await builder.build(job.spec, root: root, extra: job.extra, as: job.digest)
      }
      let rpms = built.flatMap { $0 }
      try await pool.add(rpms.filter { !$0.string.hasSuffix(".src.rpm") })
      results += rpms
      waiting = blocked
    }
    return results
  }

  /// The spec's folder, the macros it reads, and every RPM in its root, by the cache entry that each is in.
  private func digest(_ spec: TreeSpec, _ extra: [RPMPool.Entry]) -> Digest {
    let installed = (layer + extra).map { $0.path.removingLastComponent().lastComponent?.string ?? "" }
      .sorted()
    let macros = spec.macros.map { "\($0.key)=\($0.value)" }.sorted()
    return Digest.of(
      (["build \(TreeBuild.recipe)", spec.content.hex] + TreeBuild.defines(spec) + macros + installed)
        .joined(separator: "\n"))
  }
}
