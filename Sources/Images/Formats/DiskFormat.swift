import AzureLinux

/// A disk as hypervisors take it.
package enum DiskFormat: String, Sendable, CaseIterable {
  case raw, vhd, vhdx, qcow2

  /// QEMU's name.
  package var qemu: String { self == .vhd ? "vpc" : rawValue }

  /// For qemu-img. A fixed VHD has exactly the disk's size only when it is told so.
  var options: String {
    switch self {
    case .vhd: "subformat=fixed,force_size=on"
    case .vhdx: "subformat=dynamic"
    case .raw, .qcow2: ""
    }
  }

  package init?(_ kind: ImageConfiguration.Artifact.Kind) { self.init(rawValue: kind.rawValue) }
}
