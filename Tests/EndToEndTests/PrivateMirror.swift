import Foundation
import Sandbox
import SystemPackage
import Testing

/// A mirror of links to the demo's, in which single files are replaced.
struct PrivateMirror: Sendable {
  let path: FilePath
  var url: String { "file://\(path)" }

  static func with<Result>(_ body: (PrivateMirror) async throws -> Result) async throws -> Result {
    let original = try #require(Host.mirror)
    let mirror = PrivateMirror(path: Host.scratch.appending("azl-mirror-\(UUID().uuidString.prefix(8))"))
    defer { try? FileManager.default.removeItem(atPath: mirror.path.string) }
    try FileManager.default.createDirectory(atPath: mirror.path.string, withIntermediateDirectories: true)
    try await Command(["cp", "-as", "\(original)/.", mirror.path.string]).check()
    // written anew by createrepo_c: files, not links
    try await Command(["rm", "-rf", "\(mirror.repository)/repodata"]).check()
    try await Command([
      "cp", "-rL", "\(original)/\(mirror.location)/repodata", mirror.repository.string,
    ]).check()
    return try await body(mirror)
  }

  private var location: String { "azurelinux/3.0/prod/base/x86_64" }
  var repository: FilePath { path.appending(location) }

  /// A package of every build root, as a file of its own.
  func package(_ name: String) throws -> FilePath {
    let folder = repository.appending("Packages").appending(String(name.prefix(1)))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.string)
    let file = folder.appending(
      try #require(files.first { $0.wholeMatch(of: try! Regex("\(name)-[0-9].*")) != nil }))
    try detach(file)
    return file
  }

  /// The file itself in the place of the link to it.
  private func detach(_ file: FilePath) throws {
    let data = try Data(contentsOf: URL(filePath: file.string))
    try FileManager.default.removeItem(atPath: file.string)
    try data.write(to: URL(filePath: file.string))
  }

  /// One byte near the end is another one.
  func damage(_ file: FilePath) throws {
    var data = try Data(contentsOf: URL(filePath: file.string))
    data[data.count - 20] ^= 0xff
    try data.write(to: URL(filePath: file.string))
  }

  func metadata(_ kind: String) throws -> FilePath {
    let folder = repository.appending("repodata")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.string)
    return folder.appending(try #require(files.first { $0.contains("-\(kind).xml") }))
  }

  /// Metadata that describe the packages as they are now; the signature over them is the old one.
  ///
  /// - Parameters:
  ///   - revision: now, where none is given.
  ///   - isWhole: also of packages that seem to be as they were.
  func describe(revision: Int? = nil, isWhole: Bool = false) async throws {
    let number = revision.map { ["--revision", String($0)] } ?? []
    try await Command(
      ["createrepo_c", "--quiet", "--no-database", "--checksum", "sha256"] + (isWhole ? [] : ["--update"])
        + number
        + [repository.string]
    ).check()
  }
}
