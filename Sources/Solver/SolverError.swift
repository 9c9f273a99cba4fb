import AzureLinux
import SystemPackage

/// Why a set of requirements has no solution, as far as one cause goes.
package struct Problem: Hashable, Codable, Sendable, CustomStringConvertible {
  package enum Cause: Hashable, Codable, Sendable {
    /// `available`: packages that provide the name in other versions; `nearest`: similar names when there are none.
    case nothingProvides(available: [String], nearest: [String])
    /// Only packages that a changed spec replaces provide it; what takes their place does not.
    case replaced(provider: String, spec: String)
    case conflict(with: String)
    case notInstallable
    case requirementsClash
  }

  /// As rpm prints it.
  package var dependency: String
  /// The package that needs it; nil: the request itself.
  package var neededBy: String?
  /// What the request asked for that led here; its `line` is the line of the spec.
  package var requested: Dependency?
  package var cause: Cause

  package var description: String {
    let who = neededBy.map { " (needed by \($0))" } ?? ""
    let path =
      if neededBy != nil, let requested, requested.text != dependency {
        ", wanted through \(requested.text)"
      } else { "" }
    let line = requested?.line.map { ", line \($0)" } ?? ""
    return "\(dependency)\(who)\(path)\(line): \(reason)"
  }

  private var reason: String {
    switch cause {
    case .nothingProvides(let available, _) where !available.isEmpty:
      "the repositories have only \(available.joined(separator: ", "))"
    case .nothingProvides(_, let nearest) where !nearest.isEmpty:
      "no package provides it; nearest names: \(nearest.joined(separator: ", "))"
    case .nothingProvides: "no package provides it"
    case .replaced(let provider, let spec):
      "provided by \(provider), which the changed spec \(spec) replaces by packages that do not provide it"
    case .conflict(let other): "conflicts with \(other)"
    case .notInstallable: "not installable on this architecture"
    case .requirementsClash: "its providers cannot be installed together with the rest"
    }
  }
}

package enum SolverError: Failure {
  case metadataUnreadable(repository: String, file: FilePath, reason: String)
  /// A package has no SHA-256 in the metadata, so that what is downloaded could not be verified.
  case noSHA256(repository: String, package: String)
  case unresolvable([Problem])
  case missingFromManifest([String: [String]])

  package var message: String {
    switch self {
    case .metadataUnreadable(let repository, let file, let reason):
      "metadata of repository \"\(repository)\" cannot be read: \(file): \(reason)"
    case .noSHA256(let repository, let package):
      "repository \"\(repository)\" gives no SHA-256 for \(package)"
    case .unresolvable(let problems):
      (["requirements cannot be met"] + problems.map(\.description)).joined(separator: "\n  ")
    case .missingFromManifest(let missing):
      (["no repository has these packages of the manifest in any version"]
        + missing.sorted { $0.key < $1.key }.map { file, nearest in
          nearest.isEmpty ? file : "\(file); nearest names: \(nearest.joined(separator: ", "))"
        }).joined(separator: "\n  ")
    }
  }

  package var nextStep: String? {
    switch self {
    case .metadataUnreadable: "azl-dev repo sync fetches it again"
    case .noSHA256: "ask the repository's owner to run createrepo_c with --checksum sha256"
    case .unresolvable, .missingFromManifest: nil
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .metadataUnreadable, .noSHA256: .environment
    case .unresolvable: .failed
    case .missingFromManifest: .invalidInput
    }
  }
}
