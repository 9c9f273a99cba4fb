import AzureLinux
import Foundation
import Storage
import SystemPackage

/// The files of this machine that a configuration names.
extension ImageRequest {
  /// Files of the tree that the image reads besides the configuration and its package lists, with the keys that name
  /// them; relative to `folder` or absolute.
  package var files: [(key: String, path: String)] {
    let system = configuration.system
    return system.additionalFiles.map { ("AdditionalFiles", $0.source) }
      + system.postInstallScripts.map { ("PostInstallScripts", $0.path) }
      + system.finalizeImageScripts.map { ("FinalizeImageScripts", $0.path) }
      + system.users.flatMap { user in user.sshKeyPaths.map { ("SSHPubKeyPaths", $0) } }
      + configuration.disks.flatMap(\.rawBinaries).map { ("RawBinaries", $0.path) }
  }

  func place(of path: String) -> FilePath { folder.pushing(FilePath(path)) }

  /// A file that the configuration names must be one, and belong to it.
  package func digest(of path: String, key: String) throws(ImageError) -> Digest {
    let place = place(of: path)
    var facts = stat()
    guard stat(place.string, &facts) == 0 else {
      if errno == ENOENT { throw .fileMissing(path, key: key) }
      throw .file(place, doing: "read", reason: Errno(rawValue: errno).description)
    }
    // reading a pipe or a device might never end
    guard facts.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path, key: key) }
    let real = Self.real(place)
    guard ([folder] + within).contains(where: { real.starts(with: Self.real($0)) }) else {
      throw .fileElsewhere(path, key: key, place: real)
    }
    do { return try Digest.of(file: place) } catch {
      throw .file(place, doing: "read", reason: String(describing: error))
    }
  }

  /// Without links; itself where there is nothing.
  private static func real(_ path: FilePath) -> FilePath {
    guard let found = realpath(path.string, nil) else { return path }
    defer { free(found) }
    return FilePath(platformString: found)
  }
}
