/// Something in a valid configuration that this version of azl-dev cannot build. Ignoring it would build another image.
package struct ImageRefusal: Hashable, Sendable, CustomStringConvertible {
  /// As in `SystemConfigs[0].Users[1].Name`.
  package var path: String
  package var message: String

  package var description: String { "\(path) \(message)" }
}

package struct ImageRefusalError: Failure {
  package var file: String
  /// At least one.
  package var refusals: [ImageRefusal]

  package init(file: String, refusals: [ImageRefusal]) {
    self.file = file
    self.refusals = refusals
  }

  package var message: String { refusals.map { "\(file): \($0)" }.joined(separator: "\n") }
  package var nextStep: String? {
    "the configuration is valid; azl-dev image build --help says what is built"
  }
  package var exitCode: ExitCode { .invalidInput }
}

extension ImageConfiguration {
  /// What this version makes of a configuration that upstream's rules accept: empty where it builds all of it.
  package var refusals: [ImageRefusal] {
    let list = RefusalList()
    list.refuse("Disks: an image without a disk (container, initrd, installer)", if: disks.isEmpty)
    // as upstream, an image is made of the first system; installers offer the others
    guard !disks.isEmpty, let system = systems.first else { return list.all }
    list.need(
      "Disks[1]", "has nothing to hold: without PartitionSettings an image is one archive",
      unless: !system.isRootFS || disks.count == 1)
    for (index, disk) in disks.enumerated() {
      list.refuseKeys(of: disk, "Disks[\(index)]", isRootFS: system.isRootFS)
    }
    list.refuseKeys(of: system)
    // layouts and names are looked at when there is nothing that they cannot be right with
    if list.all.isEmpty { list.checkArtifacts(of: disks) }
    if list.all.isEmpty, !system.isRootFS {
      for (index, disk) in disks.enumerated() { list.checkLayout(of: disk, "Disks[\(index)]") }
    }
    if list.all.isEmpty, !system.isRootFS { list.checkMounts(of: system, on: disks) }
    if list.all.isEmpty { list.checkText(of: system) }
    return list.all
  }
}

/// Collects refusals of one configuration; lives no longer than that call.
final class RefusalList {
  private(set) var all: [ImageRefusal] = []

  func refuse(_ path: String, if isUsed: Bool) {
    if isUsed { all.append(ImageRefusal(path: path, message: "is not supported yet")) }
  }

  func need(_ path: String, _ rule: String, unless isMet: Bool = false) {
    if !isMet { all.append(ImageRefusal(path: path, message: rule)) }
  }
}
