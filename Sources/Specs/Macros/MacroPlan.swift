import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Which files of the tree become which macro files, and which of those are templates.
struct MacroPlan {
  struct File {
    var from: FilePath
    /// Below `/usr/lib/rpm`.
    var place: String
    var digest: Digest
    /// The spec whose `%install` fills it, where it is a template.
    var filler: SpecLocation?
  }

  let tree: FilePath
  private(set) var files: [File] = []
  /// Of the specs that fill templates: what they say is part of the result.
  private var fillers: [SpecLocation: Digest] = [:]

  init(tree: FilePath, sources: MacroSources) throws {
    self.tree = tree
    var taken: Set<String> = []
    for owner in sources.owners {
      let specs = owner.specs.map { name in
        SpecLocation(id: String(name.dropLast(5)), path: "\(owner.directory)/\(name)")
      }
      let texts = try specs.map { (spec: $0, text: try Self.read(tree.appending($0.path))) }
      for (name, place) in owner.places(in: tree) where taken.insert(place).inserted {
        let from = tree.appending(owner.directory).appending(name)
        let filler = texts.first {
          MacroTemplate.isNamed(name, in: String(decoding: $0.text, as: UTF8.self))
        }
        if let filler { fillers[filler.spec] = Digest.of(filler.text) }
        files.append(
          File(from: from, place: place, digest: Digest.of(try Self.read(from)), filler: filler?.spec))
      }
    }
  }

  /// What decides the content of the folder.
  var identity: [String] {
    files.map { "\($0.place) \($0.digest.hex)" }
      + fillers.sorted { $0.key < $1.key }.map { "\($0.key.path) \($0.value.hex)" }
  }

  /// Templates are left out: half of what they define would stand in the way of the specs that fill them.
  func copy(into folder: FilePath) throws {
    let manager = FileManager.default
    for file in files {
      let target = folder.appending(file.place)
      try manager.createDirectory(
        atPath: target.removingLastComponent().string, withIntermediateDirectories: true)
      try? manager.removeItem(atPath: target.string)
      if file.filler == nil { try manager.copyItem(atPath: file.from.string, toPath: target.string) }
    }
  }

  private static func read(_ path: FilePath) throws -> Data {
    do { return try Data(contentsOf: URL(filePath: path.string)) } catch {
      throw SpecsError.unreadable(path: path.string, reason: error.localizedDescription)
    }
  }
}
