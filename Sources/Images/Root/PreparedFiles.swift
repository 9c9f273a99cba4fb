import Foundation
import SystemPackage

/// Files to be put into an image. They are laid out in a folder of this machine and unpacked over the root in one go,
/// by a process that may write there.
package struct PreparedFile: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    case text(String)
    /// Of this machine, absolute.
    case copy(FilePath)
  }
  /// Absolute, in the image.
  package var path: String
  package var content: Content
  /// nil: that of the copied file.
  package var mode: Int?

  package init(_ path: String, _ content: Content, mode: Int? = 0o644) {
    self.path = path
    self.content = content
    self.mode = mode
  }
}

extension [PreparedFile] {
  /// Lays the files out under `folder` at the places that `tree`'s links lead to, and returns the tar command that
  /// packs them as root's.
  func layOut(in folder: FilePath, over tree: RootTree, archive: FilePath) throws(ImageError) -> [String] {
    for file in self {
      guard let place = tree.place(of: file.path), place.starts(with: tree.root) else {
        throw .file(FilePath(file.path), doing: "place in the image", reason: "links lead in a circle")
      }
      var target = folder
      target.append(place.components.dropFirst(tree.root.components.count))
      try file.write(to: target)
    }
    return [
      "tar", "-C", folder.string, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=pax",
      "-cf",
      archive.string, ".",
    ]
  }
}

extension PreparedFile {
  fileprivate func write(to target: FilePath) throws(ImageError) {
    let files = FileManager.default
    do {
      try files.createDirectory(
        atPath: target.removingLastComponent().string, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o755])
      switch content {
      case .text(let text): try Data(text.utf8).write(to: URL(filePath: target.string))
      case .copy(let source):
        let resolved = URL(filePath: source.string).resolvingSymlinksInPath().path
        try files.copyItem(atPath: resolved, toPath: target.string)
      }
      if let mode { try files.setAttributes([.posixPermissions: mode], ofItemAtPath: target.string) }
    } catch {
      throw .file(target, doing: "prepare", reason: error.localizedDescription)
    }
  }
}
