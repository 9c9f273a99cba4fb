import Foundation

/// What passes between the pool and `azl-rpm-worker`: frames of JSON with a 4-byte big-endian length.
package enum SpecWire {
  /// First field of the first frame: binaries of different builds refuse each other.
  package static let version = 1
  /// A frame beyond this is a broken stream.
  package static let largestFrame = 64 << 20

  /// The first frame: what all parses of this worker share.
  package struct Setup: Codable, Sendable, Hashable {
    package var version = SpecWire.version
    package var arch: String
    package var defines: [String: String]
    /// Absolute; specs are named relative to it.
    package var tree: String
    package init(arch: String, defines: [String: String], tree: String) {
      self.arch = arch
      self.defines = defines
      self.tree = tree
    }
  }

  package struct Request: Codable, Sendable, Hashable {
    package var spec: SpecLocation
    /// Version and release of specs that this one reads, by spec id.
    package var versions: [String: EVR]
    package var milliseconds: Int
    package init(spec: SpecLocation, versions: [String: EVR], milliseconds: Int) {
      self.spec = spec
      self.versions = versions
      self.milliseconds = milliseconds
    }
  }

  package enum Reply: Codable, Sendable, Hashable {
    case ready
    case refused(String)
    case parsed(SpecInfo)
    case crashed(signal: Int32)
    case timedOut
  }

  package static func frame(_ value: some Encodable) throws -> Data {
    let body = try JSONEncoder().encode(value)
    let length = UInt32(body.count).bigEndian
    return withUnsafeBytes(of: length) { Data($0) } + body
  }

  package static func length(_ head: Data) -> Int {
    head.prefix(4).reduce(0) { $0 << 8 | Int($1) }
  }

  /// Spec names, as macros spell them, in `%azl_<name>_version`, `_release` and `_epoch`.
  package static func versionReads(in text: String) -> Set<String> {
    var names: Set<String> = []
    for match in text.matches(of: /azl_(\w+?)_(?:version|release|epoch)\b/) { names.insert(String(match.1)) }
    return names
  }

  /// `azl_<spec>_version`, `_release` (without the distribution tag) and `_epoch` of these specs, by name.
  package static func versionMacros(_ versions: [String: EVR], dist: String) -> [String: String] {
    var macros: [String: String] = [:]
    for (spec, evr) in versions {
      let name = "azl_" + spec.replacing("-", with: "_")
      var release = evr.release
      if !dist.isEmpty, let range = release.range(of: dist) { release.removeSubrange(range) }
      macros[name + "_version"] = evr.version
      macros[name + "_release"] = release
      if let epoch = evr.epoch { macros[name + "_epoch"] = String(epoch) }
    }
    return macros
  }
}
