import AzureLinux
import Sandbox
import SystemPackage

/// The commands that fill and change an image's root folder, each confined: no network, no devices of the machine,
/// nothing writable but the root itself. Pure.
package struct RootRecipe: Hashable, Sendable {
  /// The folder that becomes `/` of the image.
  package var root: FilePath
  package var timestamp: Int

  package init(root: FilePath, timestamp: Int) {
    self.root = root
    self.timestamp = timestamp
  }

  private var environment: [String: String] {
    [
      "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C", "TZ": "UTC",
      "SOURCE_DATE_EPOCH": String(timestamp),
    ]
  }

  /// Folders that are mount points while scriptlets run, with the modes that they have in every image.
  package static let mountPoints = [
    ("dev", "0755"), ("proc", "0555"), ("sys", "0555"), ("run", "0755"), ("tmp", "1777"),
  ]

  package var makeMountPoints: [[String]] {
    [["mkdir", "-p", "-m", "0755", root.string]]
      + RootRecipe.mountPoints.map { ["mkdir", "-m", $0.1, root.appending($0.0).string] }
  }

  /// The machine's programs, with the root writable; scriptlets run chrooted into it by rpm.
  package var outside: Confinement {
    var environment = environment
    environment["SQLITE_TMPDIR"] = "/dev/shm"
    return Confinement(
      root: .machine(mounting: nil),
      mounts: [
        .bind(root, at: root), .devices(root.appending("dev")), .processes(root.appending("proc")),
        .temporary(root.appending("run")), .temporary(root.appending("tmp")),
      ], environment: environment, hostName: "azl-image")
  }

  /// The image's own programs. `files` are seen in `/tmp` by name.
  package func inside(files: [(name: String, path: FilePath)] = []) -> Confinement {
    Confinement(
      root: .folder(root),
      mounts: [.temporary("/run"), .temporary("/tmp")]
        + files.map { .readOnly($0.path, at: FilePath("/tmp").appending($0.name)) },
      environment: environment, hostName: "azl-image")
  }

  private var rpm: [String] { ["rpm", "--root", root.string, "--dbpath", "/var/lib/rpm", "--noplugins"] }

  /// Signatures were checked when the files came in; rpm still checks digests, dependencies and conflicts. The mounted
  /// folders are not its to change.
  ///
  /// - Parameter locales: as `%_install_langs` has them; empty for all.
  private func transaction(docs: Bool, locales: String) -> [String] {
    rpm + ["--nosignature", "--define", "_netsharedpath /dev:/proc:/sys:/run:/tmp"]
      + (locales.isEmpty ? [] : ["--define", "_install_langs \(locales)"]) + (docs ? [] : ["--excludedocs"])
  }

  private func paths(_ rpms: [RPMFile]) -> [String] {
    rpms.sorted { $0.nevra.fileName < $1.nevra.fileName }.map(\.path)
  }

  /// Everything, at once.
  package func install(_ rpms: [RPMFile], docs: Bool, locales: String) -> [String] {
    transaction(docs: docs, locales: locales) + ["-i"] + paths(rpms)
  }

  /// By other builds of the same packages, whatever their versions.
  package func replace(_ rpms: [RPMFile], docs: Bool, locales: String) -> [String] {
    transaction(docs: docs, locales: locales) + ["-U", "--oldpackage", "--replacepkgs"] + paths(rpms)
  }

  /// The database as one transaction of everything leaves it where nothing is mounted: it remembers the order of what
  /// came to it, and which files were not its to change.
  package func rewriteDatabase(_ rpms: [RPMFile], docs: Bool, locales: String) -> [[String]] {
    [
      ["sh", "-ec", #"rm -rf "$1"/*"#, "sh", root.appending("var/lib/rpm").string],
      transaction(docs: docs, locales: locales) + ["--justdb", "--noscripts", "--notriggers", "-i"]
        + paths(rpms),
    ]
  }

  private static let scriptlets = ["--scripts", "--triggers", "--filetriggers"]
  package func scriptlets(installed name: String) -> [String] { rpm + ["-q"] + Self.scriptlets + [name] }
  package func scriptlets(file: String) -> [String] {
    ["rpm", "--noplugins", "-q", "--nosignature"] + Self.scriptlets + ["-p", file]
  }

  /// One path a line.
  package func files(providing capability: String) -> [String] {
    rpm + ["-q", "--qf", "[%{FILENAMES}\\n]", "--whatprovides", capability]
  }

  /// Every installed package in this format.
  package func packages(_ format: String) -> [String] { rpm + ["-q", "--all", "--qf", format] }

  /// Unpacks prepared files over the root. Links to folders stay, as do the modes of folders that exist.
  package func unpack(_ archive: FilePath) -> [String] {
    [
      "tar", "-C", root.string, "--keep-directory-symlink", "--no-overwrite-dir", "--numeric-owner", "-xpf",
      archive.string,
    ]
  }

  /// What says something about this machine and this moment: linker cache of inode numbers, random seeds.
  package var forget: [String] {
    ["rm", "-f"]
      + [
        "var/cache/ldconfig/aux-cache", "var/lib/systemd/random-seed", "var/lib/systemd/credential.secret",
        "var/lib/dbus/machine-id", "var/lib/rpm/.rpm.lock",
      ].map { root.appending($0).string }
  }

  /// No time in the root is later than the image's own, and that is the time of every folder: which of them were
  /// written to last depends on how the root came about. What has it is left alone, so that an overlay need not copy it.
  package var settleTimes: [String] {
    [
      "find", root.string, "-xdev", "(", "-newermt", "@\(timestamp)", "-o", "-type", "d", "!", "-newermt",
      "@\(timestamp - 1)", ")", "-exec", "touch", "--no-dereference", "--date", "@\(timestamp)", "{}", "+",
    ]
  }
}
