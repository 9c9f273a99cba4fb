import AzureLinux
import Foundation
import SystemPackage

enum TreeError: Failure {
  case noFolder(String)
  case notInitialised(String)
  case unreadable(String, String)
  /// The worker manifest.
  case noManifest(String)

  var message: String {
    switch self {
    case .noFolder(let path): "\"\(path)\" is not a folder"
    case .notInitialised(let path): "\"\(path)\" has no .azldev/baseline.lock"
    case .unreadable(let path, let reason): "cannot read \"\(path)\": \(reason)"
    case .noManifest(let path): "cannot read \"\(path)\": the worker manifest is not there"
    }
  }
  var nextStep: String? {
    switch self {
    case .notInitialised: "azl-dev init sets it up"
    case .noManifest:
      "[toolchain] worker_manifest of .azldev/config.toml or config.local.toml names it; azl-dev init --mirror <url> writes "
        + "that of a mirror"
    case .noFolder, .unreadable: nil
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

  private static func absolute(_ path: String) -> FilePath {
    FilePath(URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
  }
}
