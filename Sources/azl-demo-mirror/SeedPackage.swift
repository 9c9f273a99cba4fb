import AzureLinux
import Foundation

/// One RPM to be converted, with all that decides its contents.
struct SeedPackage: Hashable, Codable, Sendable {
  /// Raise when the conversion itself changes: converted RPMs are cached by it.
  static let recipe = 1
  /// Sorts below `1.azl3`, so that a package built from a spec always replaces a converted one.
  static let release = "0.seed"

  var mapped: MappedPackage
  var packages: [DebianPackage]
  /// RPM names and capabilities, sorted.
  var requires: [String]
  /// Digest of the files that are added to it.
  var overlay: Digest?

  var name: String { mapped.name }
  var version: String { packages.first?.rpmVersion ?? "0" }
  var nevra: NEVRA {
    NEVRA(name: name, evr: EVR(version: version, release: SeedPackage.release), arch: "x86_64")
  }

  /// Everything that the bytes of the RPM depend on.
  var inputs: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let body = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return "seed \(SeedPackage.recipe) \(body)"
  }

  /// The RPMs that the map asks for and, under their own names, the packages that those depend on.
  static func plan(map: PackageMap, closure: [DebianPackage], overlays: [String: Digest]) -> [SeedPackage] {
    let available = Dictionary(closure.map { ($0.name, $0) }) { first, _ in first }
    var members: [String: MappedPackage] = [:]
    for mapped in map.packages {
      for name in available.keys where mapped.debs.contains(where: { PackageMap.matches($0, name) }) {
        members[name] = mapped
      }
    }
    func chosen(_ package: DebianPackage) -> [String] {
      package.depends.compactMap { entry in
        entry.first { available[$0] != nil && !map.ignored.contains($0) }
      }
    }

    var mapped = map.packages
    var queue = members.keys.sorted()
    var seen = Set(queue)
    while let name = queue.popLast() {
      if members[name] == nil {
        members[name] = MappedPackage(name: name, debs: [name], isToolchain: true)
        mapped.append(members[name]!)
      }
      for dependency in available[name].map(chosen) ?? [] where seen.insert(dependency).inserted {
        queue.append(dependency)
      }
    }
    return mapped.map { one in
      let debs = one.debs.flatMap { pattern in
        closure.filter { PackageMap.matches(pattern, $0.name) }.sorted { $0.name < $1.name }
      }
      let owners = debs.flatMap(chosen).compactMap { members[$0]?.name }
      return SeedPackage(
        mapped: one, packages: debs,
        requires: Set(owners + one.requires + ["filesystem"]).subtracting([one.name]).sorted(),
        overlay: overlays[one.name])
    }.filter { !$0.packages.isEmpty }.sorted { $0.name < $1.name }
  }
}
