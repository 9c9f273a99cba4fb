import AzureLinux
import Foundation
import SystemPackage

/// What an installer medium is, beside it as `iso.json`: enough to install from it, and to log in to what is installed.
package struct InstallerManifest: Hashable, Codable, Sendable {
  package var schema = "azl-dev/iso/1"
  /// Of the configuration.
  package var name: String
  package var releaseVersion: String
  /// File name in the manifest's folder.
  package var file: String
  package var size: Int64
  /// The disk that is written; nil: the machine's only empty one.
  package var target: String?
  /// Bytes that it must have.
  package var diskSize: Int
  /// Of the disk's bytes when it is installed.
  package var diskDigest: Digest
  /// Of the installer itself, sorted.
  package var packages: [String]
  /// What is installed. Its only artifact is the disk before it was packed.
  package var image: ImageManifest

  enum CodingKeys: String, CodingKey {
    case schema, name, file, size, target, packages, image
    case releaseVersion = "release_version"
    case diskSize = "disk_size"
    case diskDigest = "disk_sha256"
  }

  package static let fileName = "iso.json"

  /// Reads `iso.json` beside a medium.
  package static func read(of medium: FilePath) throws(BootError) -> InstallerManifest {
    let path = medium.removingLastComponent().appending(fileName)
    guard let data = FileManager.default.contents(atPath: path.string) else { throw .noInstaller(medium) }
    let manifest: InstallerManifest
    do { manifest = try JSONDecoder().decode(InstallerManifest.self, from: data) } catch {
      throw .brokenManifest(path, reason: String(describing: error))
    }
    guard manifest.file == medium.lastComponent?.string else { throw .noInstaller(medium) }
    return manifest
  }
}
