import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// The demo's own packages, built by azl-dev itself against the mirror's first part: in a tree whose baseline
/// has no specs, every spec is a changed one.
struct DemoPackages: Sendable {
  let tree: FilePath
  let mirror: FilePath
  let cache: FilePath
  let work: FilePath

  struct Built: Sendable {
    var binaries: [FilePath]
    var debuginfo: [FilePath]
    var sources: [FilePath]
  }

  /// Nil when the program is not built beside this one.
  func build(baseline: [String]) async throws -> Built? {
    let program = FilePath(ProcessInfo.processInfo.arguments[0]).removingLastComponent().appending("azl-dev")
    guard FileManager.default.isExecutableFile(atPath: program.string) else { return nil }
    let key = Digest.of(
      [
        try Recipe.digest(ofFolder: tree.appending("SPECS")).hex,
        try String(contentsOfFile: mirror.appending("manifests/toolchain_x86_64.txt").string, encoding: .utf8),
      ].joined(separator: "\n"))
    let store = cache.appending("demo").appending(key.hex)
    if !FileManager.default.fileExists(atPath: store.string) {
      let scratch = work.appending("tree")
      try await build(in: scratch, with: program, leavingOut: baseline)
      try FileManager.default.createDirectory(
        atPath: store.removingLastComponent().string, withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: scratch.appending(".azldev/out").string, toPath: store.string)
      let enter = geteuid() == 0 ? [] : ["unshare", "--user", "--map-root-user", "--map-auto"]
      try await Command(enter + ["rm", "-rf", scratch.string]).check()
    }
    let names = FileManager.default.enumerator(atPath: store.string)?.compactMap { $0 as? String } ?? []
    let rpms = try names.filter { $0.hasSuffix(".rpm") }.sorted().map { name in
      // signing writes into the file, and the store must stay what the key says
      let copy = work.appending("signed").appending(name)
      try FileManager.default.createDirectory(
        atPath: copy.removingLastComponent().string, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: store.appending(name).string, toPath: copy.string)
      return copy
    }
    func isDebug(_ path: FilePath) -> Bool {
      let name = path.lastComponent?.string ?? ""
      return name.contains("-debuginfo-") || name.contains("-debugsource-")
    }
    let sources = rpms.filter { $0.string.hasSuffix(".src.rpm") }
    let binaries = rpms.filter { !$0.string.hasSuffix(".src.rpm") }
    return Built(
      binaries: binaries.filter { !isDebug($0) }, debuginfo: binaries.filter(isDebug), sources: sources)
  }

  private func build(in scratch: FilePath, with program: FilePath, leavingOut base: [String]) async throws {
    let manager = FileManager.default
    try manager.createDirectory(atPath: scratch.appending(".azldev").string, withIntermediateDirectories: true)
    func git(_ arguments: String...) async throws {
      try await Command(
        ["git", "-c", "user.name=demo", "-c", "user.email=demo@localhost"] + arguments,
        environment: [
          "GIT_AUTHOR_DATE": "\(Conversion.epoch) +0000", "GIT_COMMITTER_DATE": "\(Conversion.epoch) +0000",
        ], workingDirectory: scratch.string
      ).check()
    }
    try await git("init", "-q", "-b", "main")
    try await git("commit", "-q", "--allow-empty", "-m", "before the first spec")
    try manager.copyItem(
      atPath: tree.appending("SPECS").string, toPath: scratch.appending("SPECS").string)
    for spec in base { try manager.removeItem(atPath: scratch.appending("SPECS/\(spec)").string) }
    func azl(_ arguments: [String]) async throws {
      let result = try await Command([program.string] + arguments, workingDirectory: scratch.string).run()
      guard result.isSuccess else {
        throw MirrorError.conversion(
          package: "demo packages", lines: (result.text + result.errorText).split(separator: "\n").suffix(30).map(String.init))
      }
    }
    try await azl(["init", "--mirror", "file://\(mirror)"])
    let specs = try manager.contentsOfDirectory(atPath: scratch.appending("SPECS").string).sorted()
    try await azl(["try"] + specs)
  }
}
