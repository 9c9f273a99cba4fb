import AzureLinux
import Foundation
import SystemPackage

/// The writable top of one build root. Everything that a build may write lies in it, and it is removed as a whole.
package struct BuildScratch: Sendable {
  /// `scratch` is emptied at every start; what is in `roots` stays.
  package enum Place: String, Sendable { case scratch, roots }

  package let name: String
  package let overlay: Overlay
  /// Outside the overlay, so that sources go in and packages come out without copying: rpmbuild's topdir.
  package let topdir: FilePath

  /// Pure: the same name gives the same paths, which is how a command can be written down to be run again.
  package init(
    name: String, on layer: RootLayer, in workspace: Workspace, place: Place = .scratch
  ) {
    self.name = name
    let here = "\(place.rawValue)/\(name)"
    overlay = Overlay(
      store: workspace.store, lower: layer.lower, upper: here + "/upper", work: here + "/work",
      merged: here + "/merged")
    topdir = workspace.store.appending(here).appending("topdir")
  }

  package var path: FilePath { topdir.removingLastComponent() }

  /// Where the files that the build opened are listed.
  package var opened: FilePath { path.appending("opened") }

  package func make() throws(SandboxError) {
    try Folders.make(
      overlay.store.appending(overlay.upper), overlay.store.appending(overlay.work), overlay.root, topdir)
  }
}
