import Foundation
import SystemPackage
import Terminal

/// Room for layers, artifacts and images.
enum DiskCheck {
  /// Base layer, a dozen extra layers, an image and its raw form.
  static let wanted: Int64 = 8_000_000_000

  static func run(at tree: FilePath) -> Diagnosis {
    var facts = statvfs()
    guard statvfs(tree.string, &facts) == 0 else { return .note("disk", "\(tree) could not be looked at") }
    let free = Int64(facts.f_bavail) * Int64(facts.f_frsize)
    let text = "\(Figure.bytes(free)) free for \(tree)"
    return free >= wanted
      ? .good("disk", text)
      : .note("disk", "\(text); a few builds and an image take about \(Figure.bytes(wanted))")
  }
}
