import Foundation
import SystemPackage

/// Folder operations that name what they were doing when they fail.
enum Folders {
  static func make(_ paths: FilePath...) throws(SandboxError) {
    for path in paths {
      do {
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
      } catch {
        throw .file(path, doing: "make folder", Errno(rawValue: errnoOf(error)))
      }
    }
  }

  static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

  static func entries(_ path: FilePath) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path.string))?.sorted() ?? []
  }

  static func sync(_ path: FilePath) throws(SandboxError) {
    do {
      let folder = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
      defer { try? folder.close() }
      guard fsync(folder.rawValue) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      throw .file(path, doing: "sync", error as? Errno ?? .ioError)
    }
  }

  static func rename(_ source: FilePath, to target: FilePath) throws(SandboxError) {
    guard Glibc.rename(source.string, target.string) == 0 else {
      throw .file(target, doing: "publish", Errno(rawValue: errno))
    }
  }

  private static func errnoOf(_ error: any Error) -> Int32 {
    let cocoa = error as NSError
    let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError
    return Int32(truncatingIfNeeded: (underlying ?? cocoa).code)
  }
}
