import AzureLinux
import SystemPackage

/// The call of rpm that puts a set of RPMs into a root; who calls it has made the root a place to run scriptlets in.
package struct InstallTransaction: Hashable, Codable, Sendable {
  package enum Mode: String, Codable, Sendable {
    /// Into a root that has none of them.
    case install
    /// Other versions may be there already, newer ones too.
    case upgrade
  }

  /// Where Azure Linux has its database. Debian's rpm would put it into the caller's home.
  package static let database = "/var/lib/rpm"

  package var root: String
  package var mode: Mode
  /// All of one transaction, which rpm orders itself.
  package var rpms: [String]

  package init(root: FilePath, mode: Mode = .install, rpms: [FilePath]) {
    self.root = root.string
    self.mode = mode
    self.rpms = rpms.map(\.string)
  }

  package var arguments: [String] {
    let action = mode == .install ? ["-i"] : ["-U", "--oldpackage", "--replacepkgs"]
    // signatures were verified when the RPMs came; digests cost little and catch a damaged store
    return InstallTransaction.rpm(root: root) + action + [
      "--nosignature", "--define", "_pkgverify_level digest",
    ] + rpms
  }

  /// On top of a clean environment: nothing of the caller's home, and the same database for the same set.
  package static func environment(sourceDateEpoch: Int64) -> [String: String] {
    [
      "HOME": "/", "LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
      "SOURCE_DATE_EPOCH": String(sourceDateEpoch), "TZ": "UTC",
    ]
  }

  /// Lists what is installed, one per line, for `installed(_:)`.
  package static func query(root: FilePath) -> [String] {
    rpm(root: root.string) + ["-qa", "--queryformat", "%{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE} %{ARCH}\\n"]
  }

  /// Reads what `query` printed; keys that were imported are no packages.
  package static func installed(_ output: String) throws(RPMError) -> [NEVRA] {
    var found: [NEVRA] = []
    for line in output.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 5, let epoch = Int(words[1]) else { throw .badQueryOutput(line: String(line)) }
      guard words[0] != "gpg-pubkey" else { continue }
      found.append(
        NEVRA(
          name: words[0], evr: EVR(epoch: epoch == 0 ? nil : epoch, version: words[2], release: words[3]),
          arch: words[4]))
    }
    return found
  }

  private static func rpm(root: String) -> [String] { ["rpm", "--root", root, "--dbpath", database] }
}
