import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// The RPMs of the mirror and what each provides and requires, enough to find what a build root needs.
/// rpm itself checks the result when it installs the set.
struct RPMPool: Sendable {
  struct Entry: Hashable, Sendable {
    var path: FilePath
    var name: String
    var requires: [String]
    var fileName: String { path.lastComponent?.string ?? "" }
  }

  private(set) var entries: [String: Entry] = [:]
  /// RPM names by capability or file path.
  private var providers: [String: Set<String>] = [:]

  /// Reads the headers of `rpms`; an RPM replaces another of the same name.
  mutating func add(_ rpms: [FilePath]) async throws {
    guard !rpms.isEmpty else { return }
    let format =
      "name\t%{NAME}\n[provide\t%{PROVIDENAME}\n][require\t%{REQUIRENAME}\n][file\t%{FILENAMES}\n]"
    for batch in stride(from: 0, to: rpms.count, by: 50).map({ rpms[$0..<min($0 + 50, rpms.count)] }) {
      let paths = Array(batch)
      let text = try await Command(
        ["rpm", "-qp", "--nosignature", "--nodigest", "--queryformat", format] + paths.map(\.string),
        environment: ["LC_ALL": "C"]
      ).check().text
      read(text, paths)
    }
  }

  private mutating func read(_ text: String, _ paths: [FilePath]) {
    var next = 0
    var name = ""
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\t", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let value = String(parts[1])
      switch parts[0] {
      case "name":
        name = value
        for capability in providers.keys { providers[capability]?.remove(name) }
        entries[name] = Entry(path: paths[next], name: name, requires: [])
        next += 1
      case "provide", "file": providers[value, default: []].insert(name)
      case "require" where !value.hasPrefix("rpmlib(") && !value.hasPrefix("("):
        entries[name]?.requires.append(value)
      default: break
      }
    }
  }

  /// RPMs that together satisfy `capabilities`, beyond those in `installed`; among several providers one that
  /// is already taken wins, then one named like the capability, then the first by name.
  func closure(of capabilities: [String], installed: Set<String> = [], subject: String) throws -> [Entry] {
    var taken = installed
    var added: [Entry] = []
    var missing: [String] = []
    var queue = Array(capabilities.reversed())
    var seen: Set<String> = []
    while let capability = queue.popLast() {
      guard seen.insert(capability).inserted else { continue }
      guard let candidates = providers[capability], !candidates.isEmpty else {
        missing.append(capability)
        continue
      }
      guard candidates.isDisjoint(with: taken) else { continue }
      let name = candidates.contains(capability) ? capability : candidates.min() ?? ""
      guard let entry = entries[name] else { continue }
      taken.insert(name)
      added.append(entry)
      queue += entry.requires.reversed()
    }
    guard missing.isEmpty else {
      throw MirrorError.unresolvable(subject: subject, capabilities: missing.sorted())
    }
    return added
  }
}
