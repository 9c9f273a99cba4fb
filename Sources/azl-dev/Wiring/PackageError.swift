import AzureLinux
import Solver

enum PackageError: Failure {
  case notPublished(String, newest: String, others: Int)
  case otherVersion(spec: String, own: String, published: String, others: Int)
  case unresolvable(spec: String, path: String, SolverError)
  case image(SolverError)

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
    }
  }
  var nextStep: String? {
    switch self {
    case .notPublished, .otherVersion: "without --strict-baseline the newest published one serves"
    case .unresolvable(_, _, let error), .image(let error): error.nextStep
    }
  }
  var exitCode: AzureLinux.ExitCode {
    switch self {
    case .notPublished, .otherVersion: .failed
    case .unresolvable, .image: .invalidInput
    }
  }
}
