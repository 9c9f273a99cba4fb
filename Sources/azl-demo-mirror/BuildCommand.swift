import ArgumentParser
import AzureLinux
import Foundation
import Storage
import SystemPackage

struct BuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Makes the mirror, or finds that it is up to date.",
    discussion: """
      The specs and the mirror's own data are taken from the tree's last commit. The first run downloads about
      200 MB from the Debian mirror that the system's apt uses; the system's own apt state is not touched.
      """)

  @Option(help: "Folder that becomes the mirror.")
  var out: String

  @Option(help: "Tree with SPECS and demo/mirror.")
  var tree = "."

  @Option(help: "How many packages to convert or build at a time.")
  var jobs = 2

  @Option(
    help: "Folder for downloads and finished RPMs (default: $AZL_DEMO_CACHE or ~/.cache/azl-dev/demo-mirror)."
  )
  var cache: String?

  @Flag(help: "Use the files as they are instead of the last commit.")
  var worktree = false

  @Flag(help: "Read the Debian archive's indexes again, for newer packages.")
  var refresh = false

  func validate() throws {
    guard jobs > 0 else { throw ValidationError("--jobs must be at least 1") }
  }

  func run() async throws {
    try await finish { try await build() }
  }

  private func build() async throws {
    let started = ContinuousClock.now
    let output = absolute(out)
    let source = absolute(tree)
    let inputs =
      "recipes \(SeedPackage.recipe) \(TreeBuild.recipe)\n"
      + (try await InputTree.identity(tree: source, worktree: worktree))
    if !refresh, Publication.inputs(of: output) == inputs {
      Progress.write("up to date  \(output)")
      return
    }

    let store = MirrorCache(folder: cache.map(absolute) ?? MirrorCache.defaultFolder)
    try store.prepare()
    let lock = try CacheLock(folder: store.folder, report: Progress.report)
    defer { lock.release() }
    try await store.removeScratch()
    let key = try await SigningKey.open(folder: store.folder.appending("key"))
    do {
      let scratch = try store.scratch("tree")
      let build = MirrorBuild(
        input: try await InputTree.open(tree: source, worktree: worktree, scratch: scratch), cache: store,
        archive: DebianArchive(folder: store.folder.appending("apt")), key: key, jobs: jobs,
        report: Progress.report)
      let outcome = try await build.run(refresh: refresh)
      try await publish(outcome, to: output, key: key, inputs: inputs)
      try await store.removeScratch()
      try store.prune(olderThan: 14 * 86_400)
      await key.close()
      let seconds = Int((ContinuousClock.now - started).components.seconds)
      Progress.write("mirror      \(output): \(outcome.rpms.count) RPMs in \(seconds) s")
    } catch {
      await key.close()
      throw error
    }
  }

  private func publish(
    _ outcome: MirrorBuild.Outcome, to output: FilePath, key: SigningKey, inputs: String
  ) async throws {
    let publication = Publication(output: output, key: key)
    try publication.begin()
    try publication.add(rpms: outcome.rpms)
    for (name, path) in outcome.sources { try publication.add(source: path, name: name) }
    try publication.add(manifest: "pkggen_core_x86_64.txt", outcome.worker)
    try publication.add(manifest: "toolchain_x86_64.txt", outcome.toolchain)
    try await publication.finish(inputs: inputs)
  }
}

/// `path` from the root of the file system, without `.` and `..`.
func absolute(_ path: String) -> FilePath {
  FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(path)).lexicallyNormalized()
}
