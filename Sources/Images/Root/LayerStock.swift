import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// What a layer of packages is, beside it: whether another can be made of it by replacing a few.
struct LayerRecord: Codable, Hashable, Sendable {
  var options: String
  /// Digest of each package's file, by name and architecture.
  var packages: [String: Digest]
  /// The layer under it, of which only replaced packages differ.
  var beneath: Digest?
  var warnings: [String]

  init(options: String, packages rpms: [RPMFile], beneath: Digest? = nil, warnings: [String] = []) {
    self.options = options
    packages = rpms.reduce(into: [:]) { $0["\($1.nevra.name).\($1.nevra.arch)"] = $1.digest }
    self.beneath = beneath
    self.warnings = warnings
  }
}

/// The layers of images in the store.
struct LayerStock: Sendable {
  let store: FilePath

  /// More replaced packages are quicker installed with all others.
  static let mostReplaced = 12

  struct Nearest: Hashable, Sendable {
    var key: Digest
    /// As names and architectures.
    var replaced: Set<String>
  }

  private var folder: FilePath { store.appending("layers") }
  private func place(_ key: Digest) -> FilePath { folder.appending(key.hex) }

  static func lower(_ key: Digest) -> String { "layers/\(key.hex)/root" }

  private func record(_ key: Digest) -> LayerRecord? {
    guard let data = FileManager.default.contents(atPath: place(key).appending("packages.json").string) else {
      return nil
    }
    return try? JSONDecoder().decode(LayerRecord.self, from: data)
  }

  /// nil where there is none, or no longer what it lies on.
  func made(_ key: Digest) -> PackageLayer.Made? {
    guard let record = record(key), record.beneath.map({ self.record($0) != nil }) != false else {
      return nil
    }
    // the folders' times say when layers were last used
    for key in [key, record.beneath].compactMap(\.self) { utimes(place(key).string, nil) }
    return .init(
      lower: ([key, record.beneath].compactMap(\.self)).map(Self.lower), warnings: record.warnings)
  }

  /// The layer of the same packages, of which the fewest are of another build.
  func nearest(to wanted: LayerRecord) -> Nearest? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    let found = names.sorted().compactMap { name -> Nearest? in
      guard let key = Digest(name), let record = record(key), record.beneath == nil,
        record.options == wanted.options, record.packages.count == wanted.packages.count
      else { return nil }
      var replaced: Set<String> = []
      for (name, digest) in wanted.packages {
        guard let known = record.packages[name] else { return nil }
        if known != digest { replaced.insert(name) }
      }
      return replaced.count <= Self.mostReplaced ? Nearest(key: key, replaced: replaced) : nil
    }
    return found.min { $0.replaced.count < $1.replaced.count }
  }

  /// - Parameter aside: has the layer's `root`; it must lie in the store.
  func publish(
    _ aside: FilePath, as key: Digest, _ record: LayerRecord, steps: ImageSteps
  ) async throws -> PackageLayer.Made {
    try JSONEncoder().encode(record).write(to: URL(filePath: aside.appending("packages.json").string))
    // whole on disk before it gets its name
    try await steps.plain("syncing", ["sync", "--file-system", aside.string])
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    // one that lost what it lies on is in the way; another process may have been quicker, its layer is the same
    if made(key) == nil { await steps.remove(place(key)) }
    guard rename(aside.string, place(key).string) == 0 || made(key) != nil, let made = made(key) else {
      throw ImageError.file(place(key), doing: "publish", reason: Errno(rawValue: errno).description)
    }
    return made
  }
}
