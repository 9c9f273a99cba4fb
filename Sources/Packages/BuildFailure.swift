import AzureLinux
import Sandbox

/// A cause that the log proves; never a guess.
package enum BuildHint: Hashable, Codable, Sendable {
  case patchDoesNotApply(patch: String?, file: String, hunk: Int)
  case unpackagedFiles([String])
  case missingHeader(String)
  case missingCommand(String)
  case missingPackagedFile(String)

  package var text: String {
    switch self {
    case .patchDoesNotApply(let patch, let file, let hunk):
      "\(patch ?? "a patch") does not apply: hunk \(hunk) of \(file)"
    case .unpackagedFiles(let files):
      "installed but in no %files list: \(files.prefix(5).joined(separator: " "))"
        + (files.count > 5 ? " and \(files.count - 5) more" : "")
    case .missingHeader(let header): "no package in the build root has \(header); a BuildRequires is missing"
    case .missingCommand(let program): "no package in the build root has the command \(program)"
    case .missingPackagedFile(let file): "%files lists \(file), but %install did not install it"
    }
  }
}

package struct BuildFailure: Hashable, Codable, Sendable, CustomStringConvertible {
  package var spec: String
  package var stage: BuildStage
  /// Since the start of the build.
  package var seconds: Double
  /// The line that says what went wrong.
  package var message: String
  /// Where in the sources, when that line says so.
  package var file: String?
  package var line: Int?
  /// `message` with what stands around it.
  package var lines: [String]
  /// Relative to the tree.
  package var log: String
  /// 1-based, of `message`.
  package var logLine: Int
  /// Ready to run from the tree.
  package var reproduce: [String]
  package var hint: BuildHint?
  /// Where the root was kept: the command that enters it.
  package var look: [String]?

  package var description: String {
    var text = ["\(spec)  \(stage) failed after \(Int(seconds.rounded())) s"]
    text += lines.map { "  " + $0 }
    text += ["  log    \(log):\(logLine)", "  again  \(Command(reproduce))"]
    if let look { text.append("  look   \(Command(look))") }
    if let hint { text.append("  hint   \(hint.text)") }
    return text.joined(separator: "\n")
  }
}
