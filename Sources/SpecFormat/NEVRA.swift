/// Epoch, version and release of a package. Ordering is rpm's and lives with librpm, not here.
package struct EVR: Hashable, Codable, Sendable, CustomStringConvertible {
  package var epoch: Int?
  package var version: String
  package var release: String

  package init(epoch: Int? = nil, version: String, release: String) {
    self.epoch = epoch
    self.version = version
    self.release = release
  }

  /// `[epoch:]version-release`; an epoch of 0 is not written.
  package var description: String {
    let bare = release.isEmpty ? version : "\(version)-\(release)"
    return if let epoch, epoch != 0 { "\(epoch):\(bare)" } else { bare }
  }
}

/// Name, epoch, version, release and architecture: the identity of one RPM.
package struct NEVRA: Hashable, Codable, Sendable, CustomStringConvertible {
  package var name: String
  package var evr: EVR
  package var arch: String

  package init(name: String, evr: EVR, arch: String) {
    self.name = name
    self.evr = evr
    self.arch = arch
  }

  package var description: String { "\(name)-\(evr).\(arch)" }
  /// The file name that rpm gives the package: no epoch in it.
  package var fileName: String { "\(name)-\(evr.version)-\(evr.release).\(arch).rpm" }

  /// A `-debuginfo` or `-debugsource` package, as rpmbuild splits them off.
  package var isDebug: Bool { name.hasSuffix("-debuginfo") || name.hasSuffix("-debugsource") }

  /// Reads `<name>-<version>-<release>.<arch>[.rpm]`; nil when a part is missing.
  package init?(fileName: some StringProtocol) {
    var rest = fileName[...]
    if rest.hasSuffix(".rpm") { rest = rest.dropLast(4) }
    guard let dot = rest.lastIndex(of: ".") else { return nil }
    let arch = String(rest[rest.index(after: dot)...])
    let parts = rest[..<dot].split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts.allSatisfy({ !$0.isEmpty }), !arch.isEmpty else { return nil }
    self.init(
      name: parts.dropLast(2).joined(separator: "-"),
      evr: EVR(version: String(parts[parts.count - 2]), release: String(parts[parts.count - 1])),
      arch: arch)
  }
}
