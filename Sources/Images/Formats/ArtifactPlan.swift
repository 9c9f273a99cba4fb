import AzureLinux
import SystemPackage

/// One artifact that is asked for: out of what it is made, and how it is called. Pure.
struct ArtifactPlan: Hashable, Sendable {
  enum Source: Hashable, Sendable {
    /// Of one of `Disks`.
    case disk(Int)
    case root
    case partition(DiskLayout.Partition)
  }

  var source: Source
  var artifact: ImageConfiguration.Artifact
  /// `name-version.type`, as upstream; an initrd has no version. Nil where a folder is only packed.
  var plain: String?
  /// With the compression's suffix, where there is one.
  var file: String
  /// Without any suffix.
  let stem: String

  /// - Parameter version: nil for a file that is called by its name alone.
  init(_ artifact: ImageConfiguration.Artifact, from source: Source, version: String?) {
    self.artifact = artifact
    self.source = source
    let type = artifact.kind == .initrd ? "img" : artifact.kind.rawValue
    stem = artifact.kind == .initrd ? artifact.name : artifact.name + (version.map { "-\($0)" } ?? "")
    let isTyped = artifact.kind != .unset
    plain = isTyped ? "\(stem).\(type)" : nil
    file =
      artifact.compression == .unset
      ? plain ?? stem : "\(plain ?? stem).\(artifact.compression.rawValue)"
  }

  /// The disk as upstream's `make-raw-image` leaves it.
  static let bareDisk = ArtifactPlan(
    ImageConfiguration.Artifact(name: "disk0", kind: .raw, compression: .unset), from: .disk(0), version: nil)

  /// - Parameter isDiskOnly: nothing of what the configuration asks for, but the disk.
  static func all(
    _ configuration: ImageConfiguration, disks: DiskSet?, version: String, isDiskOnly: Bool = false
  ) -> [ArtifactPlan] {
    if isDiskOnly { return [bareDisk] }
    let whole = configuration.disks.enumerated().flatMap { index, disk in
      disk.artifacts.map { ArtifactPlan($0, from: disks == nil ? .root : .disk(index), version: version) }
    }
    let parts = (disks?.partitions ?? []).flatMap { partition in
      partition.configuration.artifacts.map {
        ArtifactPlan($0, from: .partition(partition), version: version)
      }
    }
    // what is made from the raw disk first, then the raw disk itself: the last copy of it is a move
    return parts + whole.sorted { $0.isDiskItself != $1.isDiskItself ? $1.isDiskItself : $0.file < $1.file }
  }

  /// In `Disks`, of what is a whole disk.
  var disk: Int? { if case .disk(let index) = source { index } else { nil } }
  var isDiskItself: Bool { disk != nil && artifact.kind == .raw && artifact.compression == .unset }
}

extension ImageConfiguration.Artifact.Kind {
  static let initrd = Self(rawValue: "initrd")
  static let ova = Self(rawValue: "ova")
}
