/// Exit codes of the command line, fixed for scripts.
package enum ExitCode: Int32, Sendable {
  case success = 0
  /// A build, check, boot, hash or signature failed.
  case failed = 1
  /// Usage, configuration, unknown name, invalid input file.
  case invalidInput = 2
  /// The machine or its surroundings: network, disk full, missing tool, lock held.
  case environment = 3
  case interrupted = 130
  case terminated = 143
}

/// What every error of the project can say. Each module has its own enum with the facts as associated values.
package protocol Failure: Error, CustomStringConvertible {
  /// Names the object and the cause in one sentence; lower case, no period.
  var message: String { get }
  /// What the user can do about it, a command where there is one.
  var nextStep: String? { get }
  var exitCode: ExitCode { get }
}

extension Failure {
  package var nextStep: String? { nil }
  package var description: String { nextStep.map { "\(message)\n\($0)" } ?? message }
}
