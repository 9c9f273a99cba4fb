import AzureLinux
import Foundation

/// One binary package of the Debian archive, as its index describes it.
struct DebianPackage: Hashable, Codable, Sendable {
  var name: String
  /// Epoch, upstream version and Debian revision.
  var version: String
  var digest: Digest
  /// Bytes.
  var size: Int64
  var summary: String
  /// What it depends on (Depends and Pre-Depends); each entry lists its alternatives.
  var depends: [[String]]

  /// As a version of an RPM: no epoch, no Debian revision, no mark of a repacked source.
  var rpmVersion: String { DebianPackage.rpmVersion(version) }

  static func rpmVersion(_ version: String) -> String {
    var text = version[...]
    if let colon = text.firstIndex(of: ":") { text = text[text.index(after: colon)...] }
    if let dash = text.lastIndex(of: "-") { text = text[..<dash] }
    for mark in ["+dfsg", ".dfsg", "~dfsg", "+ds", ".ds", "~ds", "+really"] {
      if let range = text.firstRange(of: mark) { text = text[..<range.lowerBound] }
    }
    return String(
      text.map { character in
        character.isASCII && (character.isLetter || character.isNumber || "._+~^".contains(character))
          ? character : "."
      })
  }

  /// Reads the stanzas that `apt-cache show` prints.
  static func parse(stanzas: String) -> [DebianPackage] {
    stanzas.components(separatedBy: "\n\n").compactMap { stanza in
      var fields: [Substring: Substring] = [:]
      for line in stanza.split(separator: "\n") where !line.hasPrefix(" ") {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2 { fields[parts[0]] = parts[1].drop { $0 == " " } }
      }
      guard let name = fields["Package"], let version = fields["Version"],
        let digest = Digest(String(fields["SHA256"] ?? ""))
      else { return nil }
      return DebianPackage(
        name: String(name), version: String(version), digest: digest,
        size: Int64(fields["Size"] ?? "0") ?? 0,
        summary: String(fields["Description"] ?? fields["Description-en"] ?? name),
        depends: alternatives(fields["Pre-Depends"]) + alternatives(fields["Depends"]))
    }
  }

  private static func alternatives(_ field: Substring?) -> [[String]] {
    (field ?? "").split(separator: ",").map { entry in
      entry.split(separator: "|").map { word in
        String(word.drop { $0 == " " }.prefix { !" (:[".contains($0) })
      }
    }
  }
}
