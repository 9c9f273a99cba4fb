import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Upstream sources of the tree's specs, each verified against the spec's signatures file.
struct SourceStore: Sendable {
  struct Origin: Hashable, Sendable {
    var debianSource: String
    var version: String
  }

  /// Verified sources by digest.
  let folder: FilePath
  let origins: [String: Origin]
  let archive: DebianArchive

  /// sources.txt: file, Debian source package, version.
  static func origins(_ text: String) -> [String: Origin] {
    var origins: [String: Origin] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ").map(String.init)
      if words.count == 3 { origins[words[0]] = Origin(debianSource: words[1], version: words[2]) }
    }
    return origins
  }

  /// Paths by file name of all sources of `spec`; those that the tree does not hold are fetched.
  func sources(of spec: TreeSpec, report: ActivityReport) async throws -> [String: FilePath] {
    let expected = try signatures(of: spec)
    var found: [String: FilePath] = [:]
    for file in spec.sources {
      guard let digest = expected[file] else {
        throw MirrorError.noSignature(file: file, signatures: spec.signatures.string)
      }
      let local = spec.folder.appending(file)
      if FileManager.default.fileExists(atPath: local.string) {
        guard try Digest.of(file: local) == digest else {
          throw MirrorError.sourceDiffers(file: file, expected: digest)
        }
        found[file] = local
      } else {
        found[file] = try await fetch(file, digest, report: report)
      }
    }
    return found
  }

  private func signatures(of spec: TreeSpec) throws -> [String: Digest] {
    struct Document: Decodable {
      var signatures: [String: String]
      enum CodingKeys: String, CodingKey { case signatures = "Signatures" }
    }
    guard let data = FileManager.default.contents(atPath: spec.signatures.string) else { return [:] }
    return try JSONDecoder().decode(Document.self, from: data).signatures.compactMapValues { Digest($0) }
  }

  private func fetch(_ file: String, _ digest: Digest, report: ActivityReport) async throws -> FilePath {
    let stored = folder.appending(digest.hex)
    if FileManager.default.fileExists(atPath: stored.string) { return stored }
    guard let origin = origins[file] else { throw MirrorError.sourceUnknown(file: file) }
    let aside = folder.appending("fetch-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: aside.string) }
    try await archive.downloadSource(origin.debianSource, version: origin.version, into: aside)
    for name in try FileManager.default.contentsOfDirectory(atPath: aside.string) {
      let candidate = aside.appending(name)
      if try Digest.of(file: candidate) == digest {
        try FileManager.default.moveItem(atPath: candidate.string, toPath: stored.string)
        return stored
      }
    }
    throw MirrorError.sourceDiffers(file: file, expected: digest)
  }
}
