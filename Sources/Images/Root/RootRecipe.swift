import AzureLinux
import Sandbox
import SystemPackage

/// The commands that fill and change an image's root folder, each confined: no network, no devices of the machine,
/// nothing writable but the root itself. Pure.
package struct RootRecipe: Hashable, Sendable {
  /// The folder that becomes `/` of the image.
  package var root: FilePath
  package var timestamp: Int
  /// Folders of this machine that the commands read besides: where the packages are, or what is to be unpacked.
  package var readable: [FilePath]

  package init(root: FilePath, timestamp: Int, readable: [FilePath] = []) {
    self.root = root
    self.timestamp = timestamp
    self.readable = readable
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
    var confinement = editing
    confinement.mounts += [
      .devices(root.appending("dev")), .processes(root.appending("proc")),
      .temporary(root.appending("run")), .temporary(root.appending("tmp")),
    ]
    return confinement
  }

  /// The same, with the real folders beneath `/dev`, `/run` and `/tmp`. A link of the root that leads out of it leads
  /// nowhere here: whoever writes to paths of the root does it in this.
  package var editing: Confinement {
    var environment = environment
    environment["SQLITE_TMPDIR"] = "/dev/shm"
    return Confinement(
      root: .machine(mounting: nil),
      mounts: readable.map { .readOnly($0, at: $0) } + [.bind(root, at: root)],
      environment: environment, hostName: "azl-image")
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
  ///
  /// - Parameter tree: the root, for its links.
  package func rewriteDatabase(
    _ rpms: [RPMFile], docs: Bool, locales: String, tree: RootTree
  ) -> [[String]] {
    [
      ["sh", "-ec", #"rm -rf "$1"/*"#, "sh", place(ofFolder: "/var/lib/rpm", in: tree).string],
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
  package func forget(in tree: RootTree) -> [String] {
    ["rm", "-f"]
      + [
        "/var/cache/ldconfig/aux-cache", "/var/lib/systemd/random-seed", "/var/lib/systemd/credential.secret",
        "/var/lib/dbus/machine-id", "/var/lib/rpm/.rpm.lock",
      ].map { place(of: FilePath($0), in: tree).string }
  }

  /// Empties the package database's shared memory: it has the salt of a log that is empty once rpm has ended. Without the
  /// file rpm would read nothing where it may not write.
  package func forgetSalt(in tree: RootTree) -> [String] {
    [
      "find", place(ofFolder: "/var/lib/rpm", in: tree).string, "-maxdepth", "1", "-name", "rpmdb.sqlite-shm",
      "-size", "+0", "-exec", "truncate", "--size", "0", "{}", "+",
    ]
  }

  /// Where a folder of the image lies for these commands: links are followed as the image itself would.
  package func place(ofFolder path: String, in tree: RootTree) -> FilePath {
    root.appending(tree.components(of: path) ?? FilePath(path).components.map(\.self))
  }

  /// The same for a file, or a link: that one is not followed.
  private func place(of path: FilePath, in tree: RootTree) -> FilePath {
    place(ofFolder: path.removingLastComponent().string, in: tree).appending(path.components.suffix(1))
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
