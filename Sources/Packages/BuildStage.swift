import AzureLinux

/// Where in a build a line of its log belongs.
package enum BuildStage: String, Codable, Sendable, CustomStringConvertible {
  /// Until the root is entered.
  case root
  case srpm, rebuild
  case prep = "%prep"
  case build = "%build"
  case install = "%install"
  case check = "%check"
  /// Dependency generators, file lists, payloads.
  case files
  case clean = "%clean"

  package var description: String { rawValue }

  /// The stage that starts with `line`: rpmbuild's own `Executing(%build): …`, which azl-dev's lines imitate.
  static func starting(with line: String) -> BuildStage? {
    if line.hasPrefix("Processing files: ") { return .files }
    guard line.hasPrefix("Executing("), let end = line.firstIndex(of: ")") else { return nil }
    return BuildStage(rawValue: String(line[..<end].dropFirst("Executing(".count)))
  }
}
