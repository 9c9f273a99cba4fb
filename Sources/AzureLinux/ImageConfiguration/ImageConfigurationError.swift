/// One thing wrong with an image configuration or a package list, and where.
package struct ImageConfigurationFinding: Hashable, Sendable, CustomStringConvertible {
  package enum Problem: Hashable, Sendable {
    /// An upstream key or value that this version does not act on; ignoring it would build another image.
    case notSupported
    case unknownKey(nearest: String?)
    case repeatedKey
    /// The rule that the value breaks.
    case invalid(String)
    case syntax(String)
  }

  package var file: String
  /// As in `SystemConfigs[0].Users[1].Name`; empty for the file as a whole.
  package var path: String
  package var problem: Problem

  package var description: String {
    let place = path.isEmpty ? file : "\(file): \(path)"
    return switch problem {
    case .notSupported: "\(place) is not supported yet"
    case .unknownKey(let nearest?): "\(place) is not a known key; did you mean \(nearest)?"
    case .unknownKey(nil): "\(place) is not a known key"
    case .repeatedKey: "\(place) is given twice, differing in case only"
    case .invalid(let rule): "\(place): \(rule)"
    case .syntax(let cause): "\(place): not valid JSON: \(cause)"
    }
  }
}

package struct ImageConfigurationError: Failure {
  /// At least one.
  package var findings: [ImageConfigurationFinding]
  package var message: String { findings.map(\.description).joined(separator: "\n") }
  package var exitCode: ExitCode { .invalidInput }
}
