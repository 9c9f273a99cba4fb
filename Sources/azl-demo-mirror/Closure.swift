import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// What must be installed together, by rpm's own account of provides and requires.
struct Closure: Sendable {
  private var files: [String: String] = [:]
  private var requires: [String: [String]] = [:]
  private var providers: [String: String] = [:]

  init(of rpms: [FilePath]) async throws {
    let format = "@%{NAME}\\n[P%{PROVIDES}\\n][R%{REQUIRES}\\n][F%{FILENAMES}\\n]"
    let text = try await Command(
      ["rpm", "-qp", "--nosignature", "--qf", format] + rpms.map(\.string), environment: ["LC_ALL": "C"]
    ).check().text
    var name = ""
    var index = -1
    for line in text.split(separator: "\n") {
      let rest = String(line.dropFirst())
      switch line.first {
      case "@":
        index += 1
        name = rest
        files[name] = rpms[index].lastComponent?.string
        providers[name] = name
      case "P", "F": if providers[rest] == nil { providers[rest] = name }
      case "R": requires[name, default: []].append(rest)
      default: break
      }
    }
  }

  /// File names, each after what it requires where there is no circle.
  func files(for names: [String]) throws -> [String] {
    var order: [String] = []
    var seen: Set<String> = []
    func visit(_ capability: String, neededBy: String) throws {
      guard !capability.hasPrefix("rpmlib(") else { return }
      guard let name = providers[capability] else {
        throw MirrorError.noProvider(capability, neededBy: neededBy)
      }
      guard seen.insert(name).inserted else { return }
      for need in requires[name] ?? [] { try visit(need, neededBy: name) }
      if let file = files[name] { order.append(file) }
    }
    for name in names { try visit(name, neededBy: "base.list") }
    return order
  }
}
