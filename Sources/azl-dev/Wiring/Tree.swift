import AzureLinux
import Foundation
import SystemPackage

enum TreeError: Failure {
  case noFolder(String)
  case notInitialised(String)
  case unreadable(String, String)
  case unwritable(String, String)
  /// The worker manifest.
  case noManifest(String)

  var message: String {
    switch self {
    case .noFolder(let path): "\"\(path)\" is not a folder"
    case .notInitialised(let path): "\"\(path)\" has no .azldev/baseline.lock"
    case .unreadable(let path, let reason): "cannot read \"\(path)\": \(reason)"
    case .unwritable(let path, let reason): "cannot write \"\(path)\": \(reason)"
    case .noManifest(let path): "cannot read \"\(path)\": the worker manifest is not there"
    }
  }
  var nextStep: String? {
    switch self {
    case .notInitialised: "azl-dev init sets it up"
    case .noManifest:
      "[toolchain] worker_manifest of .azldev/config.toml or config.local.toml names it; azl-dev init --mirror <url> writes "
        + "that of a mirror"
    case .noFolder, .unreadable, .unwritable: nil
    }
  }
  var exitCode: AzureLinux.ExitCode { .invalidInput }
}

enum Tree {
  /// The tree named, or the nearest folder above with `.azldev`, or this one.
  static func find(_ named: String?) throws -> FilePath {
    let manager = FileManager.default
    if let named {
      var isFolder: ObjCBool = false
      guard manager.fileExists(atPath: named, isDirectory: &isFolder), isFolder.boolValue else {
        throw TreeError.noFolder(named)
      }
      return absolute(named)
    }
    let here = absolute(manager.currentDirectoryPath)
    var path = here
    while true {
      if manager.fileExists(atPath: path.appending(".azldev").string) { return path }
      guard path.removeLastComponent() else { return here }
    }
  }

  /// Asked before the work whose result goes there.
  static func expectWritable(_ path: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw TreeError.unwritable(path, "it is a folder")
    }
    let folder = FilePath(path).removingLastComponent()
    let name = folder.isEmpty ? "." : folder.string
    guard FileManager.default.fileExists(atPath: name) else {
      throw TreeError.unwritable(path, "there is no folder \(name)")
    }
    guard access(name, W_OK) == 0 else {
      throw TreeError.unwritable(path, "\(name): \(String(cString: strerror(errno)))")
    }
  }

  private static func absolute(_ path: String) -> FilePath {
    FilePath(URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
  }
}
