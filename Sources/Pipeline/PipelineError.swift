import AzureLinux

package enum PipelineError: Failure {
  case unknownSpec(String, nearest: [String])
  /// Nothing of the tree, but a package of the repositories.
  case onlyPublished(String, package: String)
  case excluded(spec: String, path: String)
  case unparsable(spec: String, findings: [SpecFinding])
  /// Specs that need each other, and published packages of theirs that would break the circle there are not.
  case circle(BuildReport.Circle)

  package var message: String {
    switch self {
    case .unknownSpec(let name, let nearest):
      "no spec or package \"\(name)\" in this tree"
        + (nearest.isEmpty ? "" : "; nearest: \(nearest.joined(separator: ", "))")
    case .onlyPublished(let name, let package):
      "no spec or package \"\(name)\" in this tree; it is published, as \(package)"
    case .excluded(let spec, let path): "\(spec) is not for this architecture (\(path))"
    case .unparsable(let spec, let findings):
      (["\(spec) does not parse"] + findings.map { "\($0.file):\($0.line): \($0.message)" })
        .joined(separator: "\n  ")
    case .circle(let circle):
      (["\(circle.specs.joined(separator: ", ")) need each other to be built, and are not all published"]
        + circle.path.map(\.text)).joined(separator: "\n  ")
    }
  }

  package var nextStep: String? {
    switch self {
    case .unknownSpec: "azl-dev specs lists them"
    case .onlyPublished(let name, _): "azl-dev repo provides \(name) says by which repository"
    case .circle: "take one of these requirements out, or name a repository that has the packages"
    case .excluded, .unparsable: nil
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .unknownSpec, .onlyPublished, .excluded, .unparsable, .circle: .invalidInput
    }
  }
}

extension AffectedReport.Edge {
  /// `app builds with lib-devel (lib)  SPECS/app/app.spec:7`
  package var text: String {
    let verb = edge == "requires" ? "requires" : "builds with"
    let place = file.map { file in "  \(file)\(line.map { ":\($0)" } ?? "")" } ?? ""
    return "\(from) \(verb) \(via)\(via == to ? "" : " (\(to))")\(place)"
  }
}
