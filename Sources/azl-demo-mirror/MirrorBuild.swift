import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Makes a mirror: converted RPMs, a root of them, the tree's packages built in it, and the publication of all.
struct MirrorBuild: Sendable {
  let input: InputTree
  let cache: MirrorCache
  let archive: DebianArchive
  let key: SigningKey
  let jobs: Int
  let report: ActivityReport

  struct Outcome: Sendable {
    var rpms: [FilePath]
    var sources: [String: FilePath]
    var worker: [String]
    var toolchain: [String]
  }

  func run(refresh: Bool) async throws -> Outcome {
    try await archive.prepare(refresh: refresh, report: report)
    let map = try PackageMap.parse(try input.text("packages.map"))
    let closure = try await archive.describe(try await archive.closure(of: map.wanted))
    let seeds = SeedPackage.plan(map: map, closure: closure, overlays: try input.overlays())
    let converted = try await convert(seeds)

    let store = SourceStore(
      folder: cache.folder.appending("sources"), origins: SourceStore.origins(try input.text("sources.txt")),
      archive: archive)
    try FileManager.default.createDirectory(atPath: store.folder.string, withIntermediateDirectories: true)
    let specs = try await TreeSpec.all(tree: input.folder)
    let builder = TreeBuild(cache: cache, key: key, sources: store, report: report)
    let wanted = try input.list("build-root.txt")
    let base = specs.filter { !Set($0.packages).isDisjoint(with: wanted) }
    var pool = RPMPool()
    try await pool.add(converted)
    for spec in base { try await pool.add(try await builder.bootstrap(spec)) }

    let layer = try pool.closure(of: wanted, subject: "demo/mirror/build-root.txt")
    let folder = try cache.scratch("root")
    let root = try await BuildRoot.install(layer, into: folder)
    report(.notice("build root  \(layer.count) RPMs"))
    let built = try await TreeSchedule(builder: builder, root: root, layer: layer, jobs: jobs)
      .run(specs, pool: &pool)
    try await Namespace.remove(folder)

    var sources: [String: FilePath] = [:]
    for spec in specs {
      for (name, path) in try await store.sources(of: spec, report: report)
      where !FileManager.default.fileExists(atPath: spec.folder.appending(name).string) {
        sources[name] = path
      }
    }
    let toolchain = seeds.filter(\.mapped.isToolchain).map(\.nevra.fileName)
    return Outcome(
      rpms: converted + built, sources: sources, worker: root.installOrder,
      toolchain: Set(toolchain + root.installOrder).sorted())
  }

  /// Converts what the cache lacks; answers one RPM per package, in order.
  private func convert(_ seeds: [SeedPackage]) async throws -> [FilePath] {
    let keyed = seeds.map { ($0, Digest.of("\(key.fingerprint) \($0.inputs)")) }
    let missing = keyed.filter { cache.files($0.1) == nil }
    if !missing.isEmpty {
      let files = try await archive.download(missing.flatMap(\.0.packages), report: report)
      report(.step(subject: "converting", "\(missing.count) of \(seeds.count) packages"))
      _ = try await concurrently(jobs, missing) { seed, digest in
        let work = try cache.scratch(seed.name)
        let overlay = seed.overlay == nil ? nil : input.overlayFolder.appending(seed.name)
        let rpm = try await SeedConversion(package: seed, files: files, overlay: overlay, work: work).run()
        try await key.sign(rpms: [rpm])
        let stored = try cache.store([rpm], as: digest)
        try await Namespace.remove(work)
        return stored
      }
    }
    return keyed.flatMap { seed, digest in
      cache.touch(digest)
      return cache.files(digest) ?? []
    }
  }
}
