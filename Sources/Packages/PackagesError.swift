import AzureLinux
import RPM
import Sandbox
import SystemPackage

/// Why a source package was not built.
package enum PackagesError: Failure {
  case missingSignature(spec: String, file: String, signatures: String)
  case wrongHash(spec: String, file: String, path: String, expected: Digest, found: Digest)
  case missingSource(spec: String, file: String, folder: String)
  case missingPatch(spec: String, file: String, folder: String)
  case fetchFailed(spec: String, file: String, reason: String, next: String?, exitCode: ExitCode)
  /// The file changed between its verification and the build.
  case changedMeanwhile(spec: String, path: String)
  case notBuildable(spec: String, status: SpecInfo.Status)
  case buildRootLacks(spec: String, program: String)
  case buildFailed(BuildFailure)
  case limited(BuildFailure, LimitHit)
  case diskFull(spec: String, path: String, available: Int64)
  case rootInUse(spec: String)
  case rootLostLayers(spec: String)
  case noKeptRoot(spec: String)
  case notEntered(spec: String, status: Int32, lastLines: [String], log: String)
  case nothingBuilt(spec: String, log: String)
  case notPacked(spec: String, lines: [String])
  case unreadableResult(spec: String, RPMError)
  /// The list of files that a build opened is not in the store.
  case listMissing(Digest)
  case file(path: String, doing: String, Errno)
  case sandbox(SandboxError)
  case interrupted

  package var message: String {
    switch self {
    case .missingSignature(let spec, let file, let signatures):
      "\(spec): source \"\(file)\" has no entry in \(signatures)"
    case .wrongHash(let spec, let file, let path, let expected, let found):
      "\(spec): source \"\(file)\" has a wrong hash\n  expected \(expected)\n  found    \(found)\n  in       \(path)"
    case .missingSource(let spec, let file, let folder):
      "\(spec): source \"\(file)\" is neither in \(folder) nor on a source server"
    case .missingPatch(let spec, let file, let folder): "\(spec): patch \"\(file)\" is not in \(folder)"
    case .fetchFailed(let spec, let file, let reason, _, _):
      "\(spec): source \"\(file)\" was not fetched: \(reason)"
    case .changedMeanwhile(let spec, let path): "\(spec): \(path) changed while it was being read"
    case .notBuildable(let spec, let status): "\(spec) is not built on this target (\(status.rawValue))"
    case .buildRootLacks(let spec, let program): "\(spec): the build root has no \(program)"
    case .buildFailed(let failure): failure.description
    case .limited(let failure, _): failure.description
    case .rootInUse(let spec): "the kept root of \(spec) is in use by another azl-dev"
    case .rootLostLayers(let spec): "the kept root of \(spec) lies on layers that are gone"
    case .noKeptRoot(let spec): "no root of a failed build of \(spec) is kept"
    case .diskFull(let spec, let path, let available):
      "\(spec): no space left in \(path): \(available >> 20) MiB available"
    case .notEntered(let spec, let status, let lines, _):
      (["\(spec): the build root was not entered: status \(status)"] + lines).joined(separator: "\n  ")
    case .nothingBuilt(let spec, let log): "\(spec): rpmbuild succeeded but wrote no package\n  log    \(log)"
    case .notPacked(let spec, let lines):
      "\(spec): its SRPM cannot be packed\n" + lines.map { "  \($0)" }.joined(separator: "\n")
    case .unreadableResult(let spec, let error): "\(spec): what it built cannot be read: \(error.message)"
    case .listMissing(let list): "the list \(list.short) of files that a build opened is not in the store"
    case .file(let path, let doing, let errno): "cannot \(doing) \(path): \(errno)"
    case .sandbox(let error): error.message
    case .interrupted: "interrupted"
    }
  }

  package var nextStep: String? {
    switch self {
    case .missingSignature(let spec, let file, _):
      "azl-dev try \(spec) --signatures update writes the SHA-256 of \"\(file)\" there"
    case .wrongHash(let spec, _, let path, _, _):
      "if \(path) is right, azl-dev try \(spec) --signatures update writes its hash into \(spec).signatures.json; "
        + "otherwise put the right file back"
    case .missingSource(_, let file, let folder):
      "put \(file) into \(folder), or name a server in [sources] urls"
    case .missingPatch(let spec, let file, let folder):
      "add \(file) to \(folder), or remove its Patch line from \(spec).spec"
    case .changedMeanwhile(let spec, _): "again: azl-dev try \(spec)"
    case .buildRootLacks:
      "its package belongs in the worker manifest ([toolchain] worker_manifest) or in the repositories"
    case .rootInUse: "leave that shell, or end that command"
    case .rootLostLayers(let spec), .noKeptRoot(let spec): "azl-dev try \(spec) builds it anew"
    case .diskFull:
      "make room on that disk (.azldev/store/layers may be removed, it is made again), then run the same command again"
    case .notEntered: "azl-dev doctor checks namespaces, overlayfs and bubblewrap"
    case .sandbox(let error): error.nextStep
    case .fetchFailed(_, _, _, let next, _): next
    case .notPacked(let spec, _): "azl-dev shell \(spec) -- rpmbuild -bs --nodeps SPECS/\(spec).spec"
    case .notBuildable, .buildFailed, .limited, .nothingBuilt, .unreadableResult, .listMissing, .file,
      .interrupted:
      nil
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .missingSignature, .wrongHash, .missingSource, .missingPatch, .changedMeanwhile, .buildFailed,
      .limited, .nothingBuilt, .notPacked, .unreadableResult:
      .failed
    case .fetchFailed(_, _, _, _, let code): code
    case .notBuildable, .noKeptRoot, .rootLostLayers: .invalidInput
    case .buildRootLacks, .diskFull, .notEntered, .listMissing, .file, .rootInUse: .environment
    case .sandbox(let error): error.exitCode
    case .interrupted: .interrupted
    }
  }
}
