import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Finished RPMs by the digest of everything that they were made from. An entry is a folder that appears by
/// rename, so that a killed run leaves either a whole entry or none.
struct MirrorCache: Sendable {
  let folder: FilePath

  private var entries: FilePath { folder.appending("rpms") }
  private var scratchFolder: FilePath { folder.appending("scratch") }

  static var defaultFolder: FilePath {
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["AZL_DEMO_CACHE"], !path.isEmpty { return FilePath(path) }
    let home =
      environment["XDG_CACHE_HOME"].map { FilePath($0) }
      ?? FilePath(NSHomeDirectory()).appending(".cache")
    return home.appending("azl-dev/demo-mirror")
  }

  func prepare() throws {
    try FileManager.default.createDirectory(atPath: entries.string, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: scratchFolder.string, withIntermediateDirectories: true)
  }

  /// The files of an entry; nil when it has to be made.
  func files(_ key: Digest) -> [FilePath]? {
    let entry = entries.appending(key.hex)
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: entry.string) else { return nil }
    return names.sorted().map { entry.appending($0) }
  }

  /// Moves `files` in as the entry of `key`.
  func store(_ files: [FilePath], as key: Digest) throws -> [FilePath] {
    let aside = entries.appending("\(key.hex).\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: aside.string, withIntermediateDirectories: false)
    for file in files {
      try FileManager.default.moveItem(
        atPath: file.string, toPath: aside.appending(file.lastComponent?.string ?? "").string)
    }
    let entry = entries.appending(key.hex)
    try? FileManager.default.removeItem(atPath: entry.string)
    try FileManager.default.moveItem(atPath: aside.string, toPath: entry.string)
    return self.files(key) ?? []
  }

  /// A new empty folder, in the same file system as the entries.
  func scratch(_ name: String) throws -> FilePath {
    let path = scratchFolder.appending("\(name)-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    return path
  }

  /// Removes what runs that were killed left behind.
  func removeScratch() async throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: scratchFolder.string) {
      try await Namespace.remove(scratchFolder.appending(name))
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: entries.string) where name.contains(".") {
      try FileManager.default.removeItem(atPath: entries.appending(name).string)
    }
  }

  /// Drops entries that a mirror no longer uses: those not read for `days`.
  func touch(_ key: Digest) {
    try? FileManager.default.setAttributes(
      [.modificationDate: Date()], ofItemAtPath: entries.appending(key.hex).string)
  }

  func prune(olderThan age: TimeInterval) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: entries.string) {
      let path = entries.appending(name).string
      let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
      if let date, date < Date(timeIntervalSinceNow: -age) {
        try FileManager.default.removeItem(atPath: path)
      }
    }
  }
}
