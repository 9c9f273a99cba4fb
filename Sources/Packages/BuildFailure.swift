import AzureLinux
import Sandbox

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
  /// What the repositories have to say to the hint; takes its place.
  package var advice: String?
  /// Where the root was kept: the command that enters it.
  package var look: [String]?

  package var description: String {
    var text = ["\(spec)  \(stage) failed after \(Int(seconds.rounded())) s"]
    text += lines.map { "  " + $0 }
    text += ["  log    \(log):\(logLine)", "  again  \(Command(reproduce))"]
    if let look { text.append("  look   \(Command(look))") }
    if let hint = advice ?? hint?.text { text.append("  hint   \(hint)") }
    return text.joined(separator: "\n")
  }
}
