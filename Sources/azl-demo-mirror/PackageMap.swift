import Foundation

/// One RPM to be made from Debian packages, as packages.map asks for it.
struct MappedPackage: Hashable, Codable, Sendable {
  struct Link: Hashable, Codable, Sendable {
    var path: String
    var target: String
  }

  var name: String
  /// Debian package names; a `*` stands for any text.
  var debs: [String]
  /// Belongs to the toolchain manifest.
  var isToolchain: Bool
  var links: [Link] = []
  var provides: [String] = []
  var requires: [String] = []
  /// Lines of the %post scriptlet.
  var post: [String] = []
  /// Paths to leave out, relative to the root.
  var drops: [String] = []
}

/// packages.map: which Debian packages make up which RPM.
struct PackageMap: Sendable {
  var packages: [MappedPackage] = []
  var ignored: Set<String> = []

  static func parse(_ text: String) throws -> PackageMap {
    var map = PackageMap()
    var isToolchain = false
    for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = raw.prefix { $0 != "#" }
      let words = line.split(separator: " ").map(String.init)
      guard let first = words.first else { continue }
      let rest = Array(words.dropFirst())
      let invalid = MirrorError.invalidMap(line: index + 1, text: String(raw))
      if line.hasPrefix(" ") {
        guard !map.packages.isEmpty, !rest.isEmpty else { throw invalid }
        try map.packages[map.packages.count - 1].apply(directive: first, rest, invalid)
      } else if first == "ignore" {
        map.ignored.formUnion(rest)
      } else if first == "[toolchain]" || first == "[system]" {
        isToolchain = first == "[toolchain]"
      } else if first.hasSuffix(":"), !rest.isEmpty {
        map.packages.append(
          MappedPackage(name: String(first.dropLast()), debs: rest, isToolchain: isToolchain))
      } else {
        throw invalid
      }
    }
    return map
  }

  /// Debian packages to ask apt for: all that are named without a `*`.
  var wanted: [String] {
    Set(packages.flatMap(\.debs)).filter { !$0.contains("*") }.sorted()
  }

  static func matches(_ pattern: String, _ name: String) -> Bool {
    guard let star = pattern.firstIndex(of: "*") else { return pattern == name }
    let head = pattern[..<star]
    let tail = pattern[pattern.index(after: star)...]
    return name.utf8.count >= head.utf8.count + tail.utf8.count && name.hasPrefix(head)
      && name.hasSuffix(tail)
  }
}

extension MappedPackage {
  fileprivate mutating func apply(directive: String, _ words: [String], _ invalid: MirrorError) throws {
    let text = words.joined(separator: " ")
    switch directive {
    case "link" where words.count == 2: links.append(Link(path: words[0], target: words[1]))
    case "provides": provides.append(text)
    case "requires": requires.append(text)
    case "post": post.append(text)
    case "drop" where words.count == 1: drops.append(text)
    default: throw invalid
    }
  }
}
