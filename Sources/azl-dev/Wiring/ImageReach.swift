import AzureLinux
import Foundation
import SystemPackage

/// Which image configurations of the tree take a package that a change reaches, or were changed themselves.
struct ImageReach {
  let tree: FilePath
  static let folders = ["imageconfigs", "toolkit/imageconfigs"]

  /// What of a configuration names packages; other keys are the image builder's to judge.
  private struct Configuration: Decodable {
    struct System: Decodable {
      var packageLists: [String]?
      var packages: [String]?
      var kernelOptions: [String: String]?

      enum CodingKeys: String, CodingKey {
        case packageLists = "PackageLists"
        case packages = "Packages"
        case kernelOptions = "KernelOptions"
      }
    }
    var systems: [System]?

    enum CodingKeys: String, CodingKey { case systems = "SystemConfigs" }
  }
  private struct List: Decodable { var packages: [String] }

  /// - Parameters:
  ///   - packages: names of those that hold a changed package or require one at run time, with the spec changed.
  ///   - changes: what differs from the baseline.
  func images(holding packages: Set<String>, changes: [TreeChange]) -> [AffectedReport.Image] {
    let changed = Set(changes.flatMap { [$0.path, $0.oldPath ?? $0.path] })
    var lists: [String: [String]] = [:]
    var found: [AffectedReport.Image] = []
    for folder in Self.folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: tree.appending(folder).string)) ?? []
      for name in names.sorted() where name.hasSuffix(".json") {
        let path = "\(folder)/\(name)"
        guard let configuration = read(Configuration.self, path) else { continue }
        if let reason = reason(configuration, path, folder, packages, changed, &lists) {
          found.append(AffectedReport.Image(config: path, reason: reason))
        }
      }
    }
    return found
  }

  private func reason(
    _ configuration: Configuration, _ path: String, _ folder: String, _ packages: Set<String>,
    _ changed: Set<String>, _ lists: inout [String: [String]]
  ) -> String? {
    if changed.contains(path) { return "its configuration changed" }
    for system in configuration.systems ?? [] {
      for list in system.packageLists ?? [] {
        let file = FilePath("\(folder)/\(list)").lexicallyNormalized().string
        if changed.contains(file) { return "\(list) changed" }
        let names = lists[file] ?? read(List.self, file)?.packages ?? []
        lists[file] = names
        if let name = names.map(PackageText.dependency).first(where: { packages.contains($0.name) }) {
          return "takes \(name.text) (\(list))"
        }
      }
      let own =
        (system.packages ?? []) + (system.kernelOptions ?? [:]).sorted { $0.key < $1.key }.map(\.value)
      if let name = own.first(where: packages.contains) { return "takes \(name)" }
    }
    return nil
  }

  private func read<Value: Decodable>(_ type: Value.Type, _ path: String) -> Value? {
    FileManager.default.contents(atPath: tree.appending(path).string)
      .flatMap { try? JSONDecoder().decode(type, from: $0) }
  }
}
