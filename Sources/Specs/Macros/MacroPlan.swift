import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Which files of the tree become which macro files, and which of those are templates.
struct MacroPlan {
  struct File: Codable {
    /// As it is called in its package directory.
    var name: String
    /// Below `/usr/lib/rpm`.
    var place: String
    /// Read once: what is laid is what was looked at, whatever is written meanwhile.
    var data: Data
    /// Macros run some of them.
    var isProgram: Bool

    var identity: String { "\(place) \(Digest.of(data).hex)\(isProgram ? " x" : "")" }

    func write(below folder: FilePath) throws {
      let target = folder.appending(place).string
      let manager = FileManager.default
      let parent = FilePath(target).removingLastComponent().string
      try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
      try? manager.removeItem(atPath: target)
      try data.write(to: URL(filePath: target))
      try manager.setAttributes([.posixPermissions: isProgram ? 0o755 : 0o644], ofItemAtPath: target)
    }
  }

  /// A spec that fills templates.
  struct Filler {
    var spec: SpecLocation
    var text: Data
    /// Of the files beside it: it may load them.
    var files: [String: Digest]
    var templates: [File]

    var identity: [String] {
      ["\(spec.path) \(Digest.of(text).hex)"] + templates.map(\.identity)
        + files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.hex)" }
    }
  }

  /// No templates: half of what they define would stand in the way of the specs that fill them.
  private(set) var plain: [File] = []
  private(set) var fillers: [Filler] = []
  private var templates: [String] = []
  /// Whether what was read is what the sources say.
  private(set) var isOfSources = true

  init(tree: FilePath, sources: MacroSources) throws {
    var taken: Set<String> = []
    for owner in sources.owners {
      var own: [Filler] = try owner.specs.map { name in
        let spec = SpecLocation(id: String(name.dropLast(5)), path: "\(owner.directory)/\(name)")
        let text = try Self.read(tree.appending(spec.path))
        if Digest.of(text) != owner.files[name] { isOfSources = false }
        return Filler(spec: spec, text: text, files: owner.files, templates: [])
      }
      let commands = own.map { SedCommands(in: Array($0.text)) }
      for (name, place) in owner.places(in: tree) where taken.insert(place).inserted {
        let from = tree.appending(owner.directory).appending(name)
        let file = File(
          name: name, place: place, data: try Self.read(from),
          isProgram: FileManager.default.isExecutableFile(atPath: from.string))
        if Digest.of(file.data) != owner.files[name] { isOfSources = false }
        if let index = commands.firstIndex(where: { !$0.naming(name).isEmpty }) {
          own[index].templates.append(file)
          templates.append(place)
        } else {
          plain.append(file)
        }
      }
      fillers += own.filter { !$0.templates.isEmpty }
    }
  }

  /// What decides the content of a folder without the templates.
  var identity: [String] { plain.map(\.identity) + templates.map { "\($0) later" } }

  /// Everything but the templates, over what a folder has.
  func lay(into folder: FilePath) throws {
    for file in plain { try file.write(below: folder) }
    // what an RPM has filled before: the tree's own counts
    for place in templates { try? FileManager.default.removeItem(atPath: folder.appending(place).string) }
  }

  static func read(_ path: FilePath) throws -> Data {
    do { return try Data(contentsOf: URL(filePath: path.string)) } catch {
      throw SpecsError.unreadable(path: path.string, reason: error.localizedDescription)
    }
  }
}
