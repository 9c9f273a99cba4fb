import Foundation
import SystemPackage

/// Where results go: each under its name only when it is whole.
struct OutputFolder: Sendable {
  let path: FilePath

  /// Where a result is written before it has its name.
  func aside(_ name: String) -> FilePath { path.appending(".\(name).new") }

  /// What was to become a result, and did not; then the folder, if it has none.
  func discardUnfinished() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
    for name in names where name.hasPrefix(".") && name.hasSuffix(".new") {
      unlink(path.appending(name).string)
    }
    rmdir(path.string)
  }

  /// Synced and renamed.
  func publish(_ name: String, write: (FilePath) throws -> Void = { _ in }) throws {
    try write(aside(name))
    let file = try FileDescriptor.open(aside(name), .readOnly, options: [.closeOnExec])
    let synced = fsync(file.rawValue)
    try file.close()
    guard synced == 0, rename(aside(name).string, path.appending(name).string) == 0 else {
      throw ImageError.file(
        path.appending(name), doing: "publish", reason: Errno(rawValue: errno).description)
    }
  }

  func publish(_ name: String, json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try publish(name) { try encoder.encode(value).write(to: URL(filePath: $0.string)) }
  }

  func remove(_ name: String) throws {
    guard unlink(path.appending(name).string) == 0 || errno == ENOENT else {
      throw ImageError.file(
        path.appending(name), doing: "replace", reason: Errno(rawValue: errno).description)
    }
  }

  /// Of a sparse file, what it really takes.
  func sizeOnDisk(_ name: String) throws -> Int64 {
    let path = path.appending(name)
    var facts = stat()
    guard stat(path.string, &facts) == 0 else {
      throw ImageError.file(path, doing: "measure", reason: Errno(rawValue: errno).description)
    }
    return Int64(facts.st_blocks) * 512
  }
}
