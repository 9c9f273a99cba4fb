import AzureLinux

/// Which policy an image's packages brought, by its own configuration file. Pure.
package struct SELinuxPolicy: Hashable, Sendable {
  package static let configuration = "/etc/selinux/config"

  /// A folder below /etc/selinux.
  package let name: String

  /// - Parameter configuration: the file's text. nil where it names no policy.
  package init?(configuration text: String) {
    let names = Self.values(of: "SELINUXTYPE", in: text).filter {
      !$0.isEmpty && !$0.contains("/") && $0 != ".."
    }
    guard let name = names.last else { return nil }
    self.name = name
  }

  /// What each path is labelled with.
  package var contexts: String { "/etc/selinux/\(name)/contexts/files/file_contexts" }

  /// The configuration with another mode; what else it says stays.
  package static func setting(_ mode: String, in text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    let row = "SELINUX=\(mode)"
    let rows = lines.indices.filter { value(of: "SELINUX", in: lines[$0]) != nil }
    for index in rows { lines[index] = row }
    if rows.isEmpty { lines.append(row) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func values(of key: String, in text: String) -> [String] {
    text.split(separator: "\n").compactMap { value(of: key, in: String($0)) }
  }

  /// As libselinux reads a line: blanks around the value do not count.
  private static func value(of key: String, in line: String) -> String? {
    let words = line.drop { $0.isWhitespace }
    guard words.hasPrefix(key + "=") else { return nil }
    return String(words.dropFirst(key.count + 1).drop { $0.isWhitespace }.prefix { !$0.isWhitespace })
  }
}

extension ImageConfiguration.KernelCommandLine.SELinux {
  /// What its configuration file calls it.
  package var mode: String { self == .permissive ? "permissive" : "enforcing" }

  /// As upstream has them.
  package var kernelWords: [String] {
    switch self {
    case .off: ["selinux=0"]
    case .enforcing, .permissive: ["security=selinux", "selinux=1"]
    case .forceEnforcing: ["security=selinux", "selinux=1", "enforcing=1"]
    }
  }
}
