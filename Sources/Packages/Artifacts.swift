import AzureLinux
import Foundation
import Glibc
import SystemPackage

/// Files of the content store: named by their digest, written aside, synced, renamed.
struct Artifacts {
  let workspace: Workspace
  init(_ workspace: Workspace) { self.workspace = workspace }

  func path(_ digest: Digest) -> FilePath {
    workspace.files.appending(String(digest.hex.prefix(2))).appending(digest.hex)
  }

  /// Takes a finished file of the same file system into the store.
  func adopt(_ file: FilePath, digest: Digest) throws(PackagesError) {
    let target = path(digest)
    try Artifacts.folder(target.removingLastComponent())
    try Artifacts.sync(file)
    guard rename(file.string, target.string) == 0 else {
      throw .file(path: target.string, doing: "publish", Errno(rawValue: errno))
    }
    try Artifacts.sync(target.removingLastComponent())
  }

  /// Gives a stored file a second name, which takes the place of what had it; both share the bytes.
  func publish(_ digest: Digest, as target: FilePath) throws(PackagesError) {
    let aside = target.removingLastComponent().appending(".\(UUID().uuidString.lowercased())")
    try Artifacts.folder(target.removingLastComponent())
    guard link(path(digest).string, aside.string) == 0 else {
      throw .file(path: target.string, doing: "write", Errno(rawValue: errno))
    }
    // rename does nothing when both names already are the same file, so the other name goes in any case
    defer { unlink(aside.string) }
    guard rename(aside.string, target.string) == 0 else {
      throw .file(path: target.string, doing: "publish", Errno(rawValue: errno))
    }
  }

  static func folder(_ path: FilePath) throws(PackagesError) {
    do {
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    } catch {
      let code =
        ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code ?? (error as NSError).code
      throw .file(path: path.string, doing: "make folder", Errno(rawValue: Int32(truncatingIfNeeded: code)))
    }
  }

  static func sync(_ path: FilePath) throws(PackagesError) {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
      defer { try? file.close() }
      guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      throw .file(path: path.string, doing: "sync", error as? Errno ?? .ioError)
    }
  }
}
