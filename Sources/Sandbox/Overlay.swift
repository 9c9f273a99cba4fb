import SystemPackage

/// An overlay mount. All paths are relative to `store`, so that no character of the store's own path has to be
/// escaped in mount options.
package struct Overlay: Hashable, Sendable {
  package var store: FilePath
  /// Topmost first.
  package var lower: [String]
  package var upper: String
  package var work: String
  package var merged: String

  package init(store: FilePath, lower: [String], upper: String, work: String, merged: String) {
    self.store = store
    self.lower = lower
    self.upper = upper
    self.work = work
    self.merged = merged
  }

  /// Where the mounted root is seen, inside the mount namespace only.
  package var root: FilePath { store.appending(merged) }

  /// `volatile`: nothing syncs to the upper folder, which is thrown away or synced as a whole. Renames of lower
  /// folders are copies (`nofollow`), so that a frozen upper folder needs no attributes that only root may set.
  package func options(_ privilege: Privilege) -> String {
    let base = "lowerdir=\(lower.joined(separator: ":")),upperdir=\(upper),workdir=\(work)"
    return switch privilege {
    case .root: base + ",redirect_dir=nofollow,metacopy=off,index=off,volatile"
    case .user: base + ",userxattr,volatile"
    }
  }

  /// Mounts, then becomes `arguments`. Ends with `Overlay.mountFailed` when the mount fails.
  func mounted(_ arguments: [String], privilege: Privilege) -> [String] {
    [
      "sh", "-c",
      #"cd "$1" && mount -t overlay -o "$2" overlay "$3" || exit 121; shift 3; exec "$@""#,
      "sh", store.string, options(privilege), merged,
    ] + arguments
  }

  package static let mountFailed: Int32 = 121
}
