import AzureLinux

/// Specs: finding them, and parsing them in sandboxed workers. What a parse means for builds is not decided here.
package enum SpecsError: Failure {
  case unreadable(path: String, reason: String)
  case workerRefused(reason: String)
  case workerDied(spec: String, signal: Int32)
  case timedOut(spec: String, seconds: Int)
  case macros(package: String, reason: String)

  package var message: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .workerRefused(let reason): "azl-rpm-worker did not start: \(reason)"
    case .workerDied(let spec, let signal):
      "\(spec) ended the process that parsed it\(signal > 0 ? " with signal \(signal)" : ""), twice"
    case .timedOut(let spec, let seconds): "\(spec) was not parsed within \(seconds) s, twice"
    case .macros(let package, let reason): "the macros of \(package) could not be unpacked: \(reason)"
    }
  }
  package var nextStep: String? {
    switch self {
    case .workerRefused: "azl-dev doctor checks bubblewrap and rpm"
    case .workerDied, .timedOut: "look at what its %(…) and Lua run"
    case .unreadable, .macros: nil
    }
  }
  package var exitCode: ExitCode {
    switch self {
    case .workerDied, .timedOut: .invalidInput
    case .unreadable, .workerRefused, .macros: .environment
    }
  }
}
