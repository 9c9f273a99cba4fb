import AzureLinux
import SystemPackage

/// A frozen part of a build root: a folder of the store, named by what is installed in it.
package struct RootLayer: Hashable, Codable, Sendable {
  package enum Kind: String, Codable, Sendable { case base, extra }

  package var kind: Kind
  package var key: Digest
  /// Keys of the layers beneath, nearest first.
  package var beneath: [Digest]

  package init(kind: Kind, key: Digest, beneath: [Digest] = []) {
    self.kind = kind
    self.key = key
    self.beneath = beneath
  }

  /// Topmost first, relative to the store, as an overlay takes them.
  package var lower: [String] { ([key] + beneath).map { "layers/\($0.hex)/root" } }

  /// Changes when the way in which layers are made changes, so that none of the old ones is used again.
  static let format = "1"

  /// What names a layer: how it is made, what is in it, what it lies on. No path of this machine is in it.
  package static func identity(
    _ kind: Kind, rpms: [RPMFile], on beneath: Digest?, privilege: Privilege
  ) -> String {
    ([
      "azl-dev/layer/\(format)", kind.rawValue, privilege.mode, beneath?.description ?? "-",
    ] + rpms.map(\.digest.description).sorted()).joined(separator: "\n")
  }
}

/// How a layer is filled: one rpm transaction by the machine's rpm, scriptlets included, in a sandbox.
package enum LayerRecipe {
  /// The programs' view: the clock of all layers stands still, and SQLite keeps its journals in memory.
  static let environment = [
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LC_ALL": "C", "TZ": "UTC",
    "SOURCE_DATE_EPOCH": "946684800", "SQLITE_TMPDIR": "/dev/shm",
  ]

  /// The resolver has already decided what belongs together, so rpm checks neither dependencies nor conflicts
  /// (its ordering still holds); signatures were checked when the files came in. libtool archives are removed as
  /// the official build roots do.
  package static func transaction(_ kind: RootLayer.Kind, root: FilePath, rpms: [RPMFile]) -> [String] {
    let mode = kind == .base ? ["-i"] : ["-U"]
    let rpm =
      [
        "rpm", "--root", root.string, "--dbpath", "/var/lib/rpm", "--noplugins", "--nosignature",
        "--nodigest",
      ]
      + ["--nodeps", "--force"] + mode
      + rpms.sorted { $0.nevra.fileName < $1.nevra.fileName }.map(\.path)
    return [
      "sh", "-c",
      #"root=$1; shift; "$@" && find "$root" -xdev -name '*.la' '(' -type f -o -type l ')' -delete"#,
      "sh", root.string,
    ] + rpm
  }

  /// A base layer has no `/proc` while it is made: `filesystem` owns that folder, and only the machine's root
  /// could give a mounted one an owner.
  ///
  /// - Parameter packages: the folders that they are in.
  package static func confinement(
    _ kind: RootLayer.Kind, root: FilePath, overlay: Overlay?, packages: [FilePath]
  ) -> Confinement {
    var mounts: [Confinement.Mount] = packages.map { .readOnly($0, at: $0) }
    mounts += [
      .bind(root, at: root), .devices(root.appending("dev")), .temporary(root.appending("tmp")),
    ]
    if kind == .extra { mounts.append(.processes(root.appending("proc"))) }
    return Confinement(root: .machine(mounting: overlay), mounts: mounts, environment: environment)
  }
}

extension [RPMFile] {
  /// The folders that they are in, sorted: what is in the store counts as one, since there each has its own.
  package func folders(store: FilePath) -> [FilePath] {
    let files = store.appending("files")
    return Set(map { FilePath($0.path).removingLastComponent() }.map { $0.starts(with: files) ? files : $0 })
      .sorted { $0.string < $1.string }
  }
}

/// Where a layer is made, aside from the finished ones.
struct LayerFolder {
  let store: FilePath
  let name: String
  let lower: [String]

  var path: FilePath { store.appending("scratch").appending(name) }
  /// Becomes the layer.
  var whole: FilePath { path.appending("layer") }
  var tree: FilePath { whole.appending("root") }
  var overlay: Overlay? {
    guard !lower.isEmpty else { return nil }
    return Overlay(
      store: store, lower: lower, upper: "scratch/\(name)/layer/root", work: "scratch/\(name)/work",
      merged: "scratch/\(name)/merged")
  }
  /// The root that rpm is pointed at.
  var root: FilePath { overlay?.root ?? tree }
}
