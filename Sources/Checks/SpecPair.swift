import AzureLinux

/// A spec of the working tree and the one that it was at the baseline.
package struct SpecPair: Sendable, Hashable {
  package var spec: SpecLocation
  /// Nil when the spec is new.
  package var before: SpecLocation?
  package var isChanged: Bool

  package init(spec: SpecLocation, before: SpecLocation?, isChanged: Bool) {
    self.spec = spec
    self.before = before
    self.isChanged = isChanged
  }

  /// All specs of the tree, paired; changed are those in whose package directory anything differs.
  package static func all(_ specs: [SpecLocation], changes: [TreeChange]) -> [SpecPair] {
    let folders = Set(changes.flatMap { [$0.path, $0.oldPath ?? $0.path] }.flatMap(folders))
    let byPath = Dictionary(changes.map { ($0.path, $0) }) { first, _ in first }
    let gone = changes.filter { $0.status == "deleted" }.map(\.path)
    return specs.map { spec in
      guard folders.contains(spec.directory) else {
        return SpecPair(spec: spec, before: spec, isChanged: false)
      }
      return SpecPair(spec: spec, before: before(spec, byPath[spec.path], gone: gone), isChanged: true)
    }
  }

  /// `a`, `a/b` of `a/b/c`.
  private static func folders(_ path: String) -> [String] {
    path.indices.filter { path[$0] == "/" }.map { String(path[..<$0]) }
  }

  private static func before(_ spec: SpecLocation, _ change: TreeChange?, gone: [String]) -> SpecLocation? {
    switch change?.status {
    case "renamed": change?.oldPath.map(location)
    // between spec folders specs move with edits that hide the move from git
    case "added", "untracked": gone.first { $0.hasSuffix("/\(spec.id).spec") }.map(location)
    default: spec
    }
  }

  private static func location(_ path: String) -> SpecLocation {
    let file = path.split(separator: "/").last ?? ""
    return SpecLocation(id: file.hasSuffix(".spec") ? String(file.dropLast(5)) : String(file), path: path)
  }
}

/// Which specs the toolchain stage builds, by upstream's script that builds them.
package enum ToolchainSpecs {
  /// Relative to the tree.
  package static let script = "toolkit/scripts/toolchain/build_official_toolchain_rpms.sh"

  package static func named(in script: String?) -> Set<String> {
    guard let script else { return [] }
    let built = SpecText.lines(script).compactMap { line in
      line.prefixMatch(of: /\s*build_rpm_in_chroot_no_install\s+([A-Za-z0-9_-]+)/).map { String($0.1) }
    }
    // not built but downloaded into the toolchain
    return Set(built).union(["msopenjdk-17"])
  }
}
