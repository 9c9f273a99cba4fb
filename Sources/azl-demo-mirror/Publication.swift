import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Writes a mirror aside and puts it in its place at the end.
struct Publication: Sendable {
  static let marker = ".azl-demo-mirror"
  static let base = "azurelinux/3.0/prod/base"

  let output: FilePath
  let key: SigningKey

  private var aside: FilePath { FilePath(output.string + ".partial") }
  private var previous: FilePath { FilePath(output.string + ".previous") }

  /// The inputs that the mirror in place was made from.
  static func inputs(of output: FilePath) -> String? {
    try? String(contentsOfFile: output.appending(marker).string, encoding: .utf8)
  }

  func begin() throws {
    let files = FileManager.default
    if files.fileExists(atPath: output.string), Publication.inputs(of: output) == nil {
      guard try files.contentsOfDirectory(atPath: output.string).isEmpty else {
        throw MirrorError.outputNotAMirror(output.string)
      }
    }
    try? files.removeItem(atPath: aside.string)
    try files.createDirectory(atPath: aside.string, withIntermediateDirectories: true)
  }

  /// Sorts RPMs into the repositories by what they are: sources, debug information, all others.
  func add(rpms: [FilePath]) throws {
    for rpm in rpms {
      let name = rpm.lastComponent?.string ?? ""
      try copy(
        rpm,
        to:
          "\(Publication.base)/\(Publication.repository(of: name))/Packages/\(name.prefix(1).lowercased())/\(name)"
      )
    }
  }

  static func repository(of fileName: String) -> String {
    if fileName.hasSuffix(".src.rpm") { return "srpms" }
    let name = NEVRA(fileName: fileName)?.name ?? ""
    return name.hasSuffix("-debuginfo") || name.hasSuffix("-debugsource") ? "debuginfo/x86_64" : "x86_64"
  }

  func add(source: FilePath, name: String) throws { try copy(source, to: "sources/core/\(name)") }

  func add(manifest name: String, _ lines: [String]) throws {
    try write(Data((lines.joined(separator: "\n") + "\n").utf8), to: "manifests/\(name)")
  }

  /// Metadata and signatures; then the new mirror takes the place of the old one.
  func finish(inputs: String) async throws {
    try write(key.publicKey, to: "keys/\(SigningKey.fileName)")
    for repository in ["x86_64", "debuginfo/x86_64", "srpms"] {
      let folder = aside.appending("\(Publication.base)/\(repository)")
      try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
      try await Publication.metadata(folder).check()
      try await key.signDetached(folder.appending("repodata/repomd.xml"))
    }
    try write(Data(inputs.utf8), to: Publication.marker)
    let files = FileManager.default
    try? files.removeItem(atPath: previous.string)
    if files.fileExists(atPath: output.string) {
      try files.moveItem(atPath: output.string, toPath: previous.string)
    }
    try files.moveItem(atPath: aside.string, toPath: output.string)
    try? files.removeItem(atPath: previous.string)
  }

  static func metadata(_ folder: FilePath) -> Command {
    Command([
      "createrepo_c", "--quiet", "--no-database", "--workers", "2", "--revision", String(SeedSpec.epoch),
      "--set-timestamp-to-revision", folder.string,
    ])
  }

  private func copy(_ file: FilePath, to path: String) throws {
    let target = aside.appending(path)
    try FileManager.default.createDirectory(
      atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: file.string, toPath: target.string)
  }

  private func write(_ data: Data, to path: String) throws {
    let target = aside.appending(path)
    try FileManager.default.createDirectory(
      atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
    try data.write(to: URL(filePath: target.string))
  }
}
