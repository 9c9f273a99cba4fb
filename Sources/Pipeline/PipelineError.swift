import AzureLinux

package enum PipelineError: Failure {
  case unknownSpec(String, nearest: [String])
  case excluded(spec: String, path: String)
  case unparsable(spec: String, findings: [SpecFinding])
  case circle([String])

  package var message: String {
    switch self {
    case .unknownSpec(let name, let nearest):
      "no spec or package \"\(name)\" in this tree"
        + (nearest.isEmpty ? "" : "; nearest: \(nearest.joined(separator: ", "))")
    case .excluded(let spec, let path): "\(spec) is not for this architecture (\(path))"
    case .unparsable(let spec, let findings):
      (["\(spec) does not parse"] + findings.map { "\($0.file):\($0.line): \($0.message)" })
        .joined(separator: "\n  ")
    case .circle(let specs): "changed specs need each other to build: \(specs.joined(separator: " → "))"
    }
  }

  package var nextStep: String? {
    switch self {
    case .unknownSpec: "azl-dev specs lists them"
    case .circle:
      "undo one of the changes until the others are published: its published RPMs then break the circle"
    case .excluded, .unparsable: nil
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .unknownSpec, .excluded, .unparsable, .circle: .invalidInput
    }
  }
}
