import AzureLinux

enum MirrorError: Failure {
  case noDebianMirror
  case unknownDebianPackages([String])
  case notDownloaded([String])
  case invalidMap(line: Int, text: String)
  case conversionFailed(package: String, lastLines: [String])
  case noSignature(file: String, signatures: String)
  case sourceDiffers(file: String, expected: Digest)
  case sourceUnknown(file: String)
  case unreadableSpec(path: String, reason: String)
  case unresolvable(subject: String, capabilities: [String])
  case buildFailed(spec: String, log: String, lastLines: [String])
  case rootFailed(lastLines: [String])
  case outputNotAMirror(String)

  var message: String {
    switch self {
    case .noDebianMirror:
      "the system's apt configuration names no Debian mirror (no source that ends in /debian)"
    case .unknownDebianPackages(let names):
      "the Debian archive has no package \(names.joined(separator: ", "))"
    case .notDownloaded(let names):
      "apt did not deliver \(names.joined(separator: ", "))"
    case .invalidMap(let line, let text):
      "packages.map:\(line): not understood: \(text)"
    case .conversionFailed(let package, let lines):
      (["rpmbuild refused the converted package \"\(package)\""] + lines).joined(separator: "\n  ")
    case .noSignature(let file, let signatures):
      "source \"\(file)\" has no entry in \(signatures)"
    case .sourceDiffers(let file, let expected):
      "no copy of source \"\(file)\" has the recorded \(expected)"
    case .sourceUnknown(let file):
      "source \"\(file)\" is neither in its package directory nor in demo/mirror/sources.txt"
    case .unreadableSpec(let path, let reason):
      "\(path) does not parse: \(reason)"
    case .unresolvable(let subject, let capabilities):
      "nothing provides \(capabilities.joined(separator: ", ")), needed by \(subject)"
    case .buildFailed(let spec, let log, let lines):
      (["\(spec) did not build, log: \(log)"] + lines).joined(separator: "\n  ")
    case .rootFailed(let lines):
      (["the build root could not be installed"] + lines).joined(separator: "\n  ")
    case .outputNotAMirror(let path):
      "\"\(path)\" exists and is not a demo mirror"
    }
  }

  var nextStep: String? {
    switch self {
    case .noDebianMirror: "add a Debian source to /etc/apt/sources.list"
    case .unknownDebianPackages: "compare demo/mirror/packages.map with the archive: apt-cache search NAME"
    case .notDownloaded: "azl-demo-mirror build --refresh reads the archive's indexes again"
    case .outputNotAMirror: "give another folder as --out"
    default: nil
    }
  }

  var exitCode: AzureLinux.ExitCode {
    switch self {
    case .noDebianMirror, .notDownloaded: .environment
    case .unknownDebianPackages, .invalidMap, .noSignature, .sourceUnknown, .unreadableSpec,
      .outputNotAMirror:
      .invalidInput
    case .conversionFailed, .sourceDiffers, .unresolvable, .buildFailed, .rootFailed: .failed
    }
  }
}
