/// An image configuration file (toolkit/imageconfigs/*.json), whole: every key that upstream's image tools read, under
/// the names of `ImageObject.configuration`, which also has what a key may hold. Reading is `ImageConfiguration.read`,
/// what must hold of the values is in `Rules/`, and what of it can be built is `refusals`.
package struct ImageConfiguration: Hashable, Codable, Sendable {
  package var disks: [Disk]
  package var systems: [System]
  /// Upstream reads and checks it, and then puts another in its place.
  package var defaultSystem: System?

  enum CodingKeys: String, CodingKey {
    case disks = "Disks"
    case systems = "SystemConfigs"
    case defaultSystem = "DefaultSystemConfig"
  }

  package struct Script: Hashable, Codable, Sendable {
    package var path: String
    /// As a shell reads it.
    package var arguments: String

    enum CodingKeys: String, CodingKey {
      case path = "Path"
      case arguments = "Args"
    }
  }
}

extension ImageConfiguration {
  /// Of several systems an image is made of the first; an installer offers the others.
  package var system: System { systems[0] }

  /// Everything to install by request: the kernel, the release package, then what the lists and the configuration
  /// name, each once and in that order.
  package func requestedPackages(lists: [PackageList]) -> [String] {
    var seen = Set<String>()
    let names =
      [system.kernel, "azurelinux-release"].filter { !$0.isEmpty } + lists.flatMap(\.packages)
      + system.packages
    return names.filter { seen.insert($0).inserted }
  }

  package func partition(_ id: String) -> Partition? {
    for disk in disks {
      if let partition = disk.partitions.first(where: { $0.id == id }) { return partition }
    }
    return nil
  }

  package func disk(with id: String) -> Disk? {
    disks.first { $0.partitions.contains { $0.id == id } }
  }
}
