import AzureLinux
import Foundation
import SystemPackage

/// One RPM of the mirror and the Debian packages that it is made of.
struct MappedPackage: Sendable, Hashable {
  var name: String
  var debs: [String]
  /// Symbolic links that the Debian packages' own scripts would have made: link → target.
  var links: [(link: String, target: String)]

  static func == (a: MappedPackage, b: MappedPackage) -> Bool { a.name == b.name && a.debs == b.debs }
  func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// `packages.map`: one RPM a line, `name: deb … | link=target …`.
enum PackageMap {
  static func parse(_ text: String, file: String) throws -> [MappedPackage] {
    try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      let content = line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
      guard !content.isEmpty else { return nil }
      guard let colon = content.firstIndex(of: ":") else {
        throw MirrorError.mapLine(file: file, line: number + 1, text: content)
      }
      let halves = content[content.index(after: colon)...].split(separator: "|", maxSplits: 1)
      let links = try halves.dropFirst().joined().split(separator: " ").map { pair in
        let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
        guard sides.count == 2 else {
          throw MirrorError.mapLine(file: file, line: number + 1, text: content)
        }
        return (link: sides[0], target: sides[1])
      }
      return MappedPackage(
        name: String(content[..<colon]), debs: (halves.first ?? "").split(separator: " ").map(String.init),
        links: links)
    }
  }

  /// Debian packages that have no place in an RPM distribution.
  static let skipped: Set<String> = [
    "usrmerge", "lsb-base", "linux-base", "libfile-find-rule-perl", "libnumber-compare-perl",
    "libtext-glob-perl", "libcap2-bin", "debconf", "dpkg", "base-files", "base-passwd", "init-system-helpers",
    "adduser", "libdebconfclient0", "perl-openssl-defaults", "sysvinit-utils", "mawk", "dash", "cdebconf",
    "runit-helper", "initramfs-tools", "initramfs-tools-core", "klibc-utils", "libklibc",
  ]

  /// An RPM version: no Debian revision, no repackaging suffix, no character that rpm refuses.
  static func version(_ debian: String) -> String {
    var text = debian[...]
    if let colon = text.firstIndex(of: ":") { text = text[text.index(after: colon)...] }
    if let dash = text.lastIndex(of: "-") { text = text[..<dash] }
    for mark in ["dfsg", "ds"] {
      if let range = text.range(of: mark), range.lowerBound > text.startIndex {
        let before = text.index(before: range.lowerBound)
        if "+.~".contains(text[before]) { text = text[..<before] }
      }
    }
    return String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._+~^".contains($0)) ? $0 : "." })
  }

  /// The first known name of each alternative in a Debian dependency line.
  static func dependencies(_ line: String, known: (String) -> String?) -> Set<String> {
    var found: Set<String> = []
    for alternatives in line.split(separator: ",") {
      for alternative in alternatives.split(separator: "|") {
        let name = alternative.trimmingCharacters(in: .whitespaces).prefix { !" (:[".contains($0) }
        guard let package = known(String(name)) else { continue }
        found.insert(package)
        break
      }
    }
    return found
  }
}
