import AzureLinux
import Foundation
import Terminal

/// One line per event of the watch loop.
struct WatchView {
  let style: Style

  func opening(release: String, baseline: String, specs: Int, folders: Int) -> String {
    "azurelinux \(release) \(style.dot) baseline \(baseline) \(style.dot) \(Figure.count(specs, "spec"))"
      + " \(style.dot) watching, Ctrl-C ends"
  }

  func saved(_ paths: [String], at time: String) -> String {
    let shown = paths.prefix(3).joined(separator: " ")
    return "\(time)  \(shown)\(paths.count > 3 ? " and \(paths.count - 3) more" : "") saved"
  }

  func affected(_ changed: [String], direct: Int, transitive: Int, milliseconds: Double) -> String {
    let names = changed.prefix(5).joined(separator: " ") + (changed.count > 5 ? " …" : "")
    let reach = direct == 0 ? "nothing builds with it" : "\(direct) direct \(style.dot) \(transitive) through"
    return "          \(changed.isEmpty ? "equal to the baseline" : "\(names) changed \(style.dot) \(reach)")"
      + style.paint("   \(Int(milliseconds.rounded())) ms", .dim)
  }

  func verdict(_ report: BuildReport) -> String {
    let built = report.builds.filter { $0.result == .built }.map(\.spec)
    let failed = report.builds.filter { $0.result == .failed }.map(\.spec)
    if !failed.isEmpty { return "          \(style.fail) \(failed.joined(separator: " "))  fix and save again" }
    let kept = report.cutOff.count
    let tail = kept == 0 ? "" : " \(style.dot) \(kept) stay as they are"
    if built.isEmpty { return "          \(style.pass) nothing to build\(tail)" }
    return "          \(style.pass) \(built.joined(separator: " "))  \(Figure.seconds(report.seconds))\(tail)"
  }
}
