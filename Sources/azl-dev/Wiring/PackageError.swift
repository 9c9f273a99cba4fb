import AzureLinux
import Solver

enum PackageError: Failure {
  case notPublished(String, newest: String, others: Int)
  case otherVersion(spec: String, own: String, published: String, others: Int)
  case unresolvable(spec: String, path: String, SolverError)
  case image(SolverError)
  case unmet(SolverError)
  case noSourceRepository
  case noSRPM(spec: String, wanted: String, others: [String])
  case nothingProvides(String, nearest: [String])
  /// Packages that an image needs, by a list that is to be all that it takes.
  case notListed([String], list: String)

  var message: String {
    switch self {
    case .notPublished(let wanted, let newest, let others):
      "\(wanted) of the worker manifest is not published; the newest is \(newest)"
        + (others > 0 ? " (and \(others) more like it)" : "")
    case .otherVersion(let spec, let own, let published, let others):
      "\(spec) needs \(own) of an unchanged spec, which is not published; the newest is \(published)"
        + (others > 0 ? " (and \(others) more like it)" : "")
    case .unresolvable(let spec, let path, let error): "\(spec) (\(path)): \(error.message)"
    case .image(let error): "the image's packages: \(error.message)"
    case .unmet(let error): error.message
    case .noSourceRepository: "no repository of kind source is configured"
    case .noSRPM(let spec, let wanted, let others):
      "\(spec): no source repository has \(wanted)"
        + (others.isEmpty ? "" : "; they have \(others.joined(separator: ", "))")
    case .notListed(let names, let list):
      "the image needs \(names.joined(separator: ", ")), and \(list) lists no such package"
    case .nothingProvides(let text, _): "no published package provides \"\(text)\""
    }
  }
  var nextStep: String? {
    switch self {
    case .notPublished, .otherVersion: "without --strict-baseline the newest published one serves"
    case .unresolvable(_, _, let error), .image(let error), .unmet(let error): error.nextStep
    case .noSourceRepository: "add a [[repository]] with kind = \"source\" to .azldev/config.toml"
    case .noSRPM(let spec, _, _):
      "without --srpm-from-repository it is packed from the tree: azl-dev try \(spec)"
    case .notListed: "azl-dev image fetch writes a list that is whole"
    case .nothingProvides(_, let nearest):
      nearest.isEmpty ? nil : "nearest: \(nearest.joined(separator: ", "))"
    }
  }
  var exitCode: AzureLinux.ExitCode {
    switch self {
    case .notPublished, .otherVersion, .noSRPM: .failed
    case .unresolvable, .image, .unmet, .noSourceRepository, .nothingProvides, .notListed: .invalidInput
    }
  }
}
