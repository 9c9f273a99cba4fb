import AzureLinux
import Dispatch
import Foundation
import Glibc
import Storage
import Synchronization
import SystemPackage

/// What is in the tree: every package directory with the digest of its content, known by the kernel's word on each file
/// and, only where that moved, by reading it. Git is not asked.
///
/// Belongs to one actor, whose thread it may block.
package final class TreeInventory {
  private let folders: [String]
  private let others: [String]
  private let record: FilePath?
  private let tree: FilePath
  private let root: Int32
  private var directories: [String: DirectoryRecord] = [:]
  /// In the order of the folders, then by name.
  private var locations: [SpecLocation]?
  private var byName: [String: String]?
  private var isRecorded = false

  /// - Parameters:
  ///   - folders: of package directories; in those named first when two specs have one name.
  ///   - others: folders that count as one each.
  ///   - record: where what was seen is kept for the next process; a cache.
  package init(tree: FilePath, folders: [String], others: [String] = [], record: FilePath? = nil) throws {
    self.tree = tree
    self.folders = folders
    self.others = others
    self.record = record
    root = open(tree.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else {
      throw InventoryError.noTree(tree.string, reason: Errno(rawValue: errno).description)
    }
  }

  deinit { close(root) }

  // MARK: what is known

  /// Package directories and other folders that are there.
  package var known: [String: Digest] { directories.mapValues(\.digest) }

  package var sighting: TreeSighting { TreeSighting(tree: tree, records: directories) }

  package func digest(of directory: String) -> Digest? { directories[directory]?.digest }

  /// Of all directories together, whatever their order: equal for equal trees.
  package var digest: Digest {
    let hash = SHA256()
    for record in directories.values.sorted(by: { $0.path < $1.path }) {
      hash.update(record.path)
      record.digest.withBytes { hash.update($0) }
    }
    return hash.finish()
  }

  /// Specs of one package directory, less those whose name another directory has first.
  package func specs(in directory: String) -> [SpecLocation] {
    (directories[directory]?.specs ?? []).map { SpecLocation(path: $0) }.filter { spec in
      let other = names[spec.id]
      return other == nil || other == spec.path
    }
  }

  /// Paths of the files in a directory, relative to the tree.
  package func files(in directory: String) -> [String] { directories[directory]?.files.map(\.path) ?? [] }

  /// Files of the package directories that hold one of a kind, in the order of the folders.
  package func files(
    ofDirectoriesHolding isOne: (Substring) -> Bool
  ) -> [(directory: String, files: [(path: String, digest: Digest)])] {
    folders.flatMap { folder in
      directories.values.filter { record in
        record.path.hasPrefix(folder + "/")
          && record.files.contains { isOne($0.path.dropFirst(record.path.utf8.count + 1)) }
      }
      .sorted { $0.path < $1.path }
      .map { ($0.path, $0.files.map { ($0.path, $0.digest) }) }
    }
  }

  /// All specs, sorted.
  package var specs: [SpecLocation] {
    if let locations { return locations }
    var found: [String: SpecLocation] = [:]
    let order = Dictionary(folders.enumerated().map { ($1, $0) }) { first, _ in first }
    for record in directories.values.sorted(by: { $0.path < $1.path }) {
      guard let slash = record.path.firstIndex(of: "/"), let place = order[String(record.path[..<slash])]
      else {
        continue
      }
      for path in record.specs {
        let spec = SpecLocation(path: path)
        if let other = found[spec.id] {
          let before = order[String(other.path.prefix { $0 != "/" })] ?? 0
          if (before, other.path) <= (place, spec.path) { continue }
        }
        found[spec.id] = spec
      }
    }
    let sorted = found.values.sorted()
    locations = sorted
    return sorted
  }

  /// Specs below these folders, without reading or remembering anything.
  package static func count(tree: FilePath, folders: [String]) throws -> Int {
    let inventory = try TreeInventory(tree: tree, folders: folders)
    let count = inventory.present().map { path in
      DirectoryRecord.names(path, in: inventory.root).count {
        $0.hasSuffix(".spec") && !EditorFiles.isOne($0)
      }
    }.reduce(0, +)
    if count == 0 { throw InventoryError.noSpecs(tree: tree.string, folders: folders) }
    return count
  }

  /// Path by name, of all specs.
  private var names: [String: String] {
    if let byName, locations != nil { return byName }
    let made = Dictionary(specs.map { ($0.id, $0.path) }) { first, _ in first }
    byName = made
    return made
  }

  // MARK: looking

  /// Looks at everything.
  /// - Returns: what differs from the look before: directories whose files differ, came or went.
  package func scan() throws -> Set<String> {
    if directories.isEmpty, let record { load(record) }
    let there = present()
    let moved = suspicious(there)
    var changed: Set<String> = []
    for path in moved where look(path) { changed.insert(path) }
    for path in directories.keys where !there.contains(path) {
      directories[path] = nil
      locations = nil
      changed.insert(path)
    }
    if !moved.isEmpty || !changed.isEmpty || !isRecorded { try save() }
    return changed
  }

  /// Looks at these files and folders only, relative to the tree; a folder stands for all below it.
  package func look(at paths: Set<String>) -> Set<String> {
    var wanted: Set<String> = []
    for path in paths {
      if let other = others.first(where: { path == $0 || path.hasPrefix($0 + "/") }) {
        wanted.insert(other)
      } else if let slash = path.firstIndex(of: "/") {
        let rest = path[path.index(after: slash)...]
        wanted.insert(String(path[..<(rest.firstIndex(of: "/") ?? rest.endIndex)]))
      } else {
        // a whole folder of package directories came or went
        wanted.formUnion(present().filter { $0.hasPrefix(path + "/") })
        wanted.formUnion(directories.keys.filter { $0.hasPrefix(path + "/") })
      }
    }
    var changed: Set<String> = []
    for path in wanted where look(path) { changed.insert(path) }
    return changed
  }

  /// - Returns: whether its content differs from what was known.
  private func look(_ path: String) -> Bool {
    let old = directories[path]
    let isOurs = others.contains(path) || folders.contains { path.hasPrefix($0 + "/") }
    let new = isOurs ? DirectoryRecord(path, in: root, old: old) : nil
    directories[path] = new
    if new?.specs != old?.specs { locations = nil }
    return new?.digest != old?.digest
  }

  private func present() -> Set<String> {
    var found: Set<String> = []
    for folder in folders {
      for name in DirectoryRecord.names(folder, in: root) where !DirectoryRecord.isHidden(name) {
        found.insert("\(folder)/\(name)")
      }
    }
    for other in others where FileIdentity(other, in: root) != nil { found.insert(other) }
    return found
  }

  /// Those that the kernel's word does not vouch for. Both cores ask: it is twelve thousand questions.
  private func suspicious(_ there: Set<String>) -> [String] {
    let paths = there.sorted()
    let records = paths.map { directories[$0] }
    let parts = 8
    let found = Mutex<[String]>([])
    let root = root
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      var moved: [String] = []
      for position in stride(from: part, to: paths.count, by: parts)
      where records[position]?.isAsItWas(in: root) != true { moved.append(paths[position]) }
      found.withLock { $0 += moved }
    }
    return found.withLock { $0.sorted() }
  }

  // MARK: the record

  private static let version: UInt = 1

  private func load(_ file: FilePath) {
    guard let data = FileManager.default.contents(atPath: file.string) else { return }
    data.withUnsafeBytes { bytes in
      var reader = PackedReader(bytes)
      // a damaged record is no loss: everything is read again
      guard let version = try? reader.number(), version == Self.version,
        let records = try? reader.values(DirectoryRecord.self)
      else { return }
      directories = Dictionary(records.map { ($0.path, $0) }) { first, _ in first }
      isRecorded = true
    }
  }

  private func save() throws {
    guard let record else { return }
    var writer = PackedWriter()
    writer.put(Self.version)
    writer.put(directories.values.sorted { $0.path < $1.path })
    try AtomicFile.write(Data(writer.bytes), to: record, isDurable: false)
    isRecorded = true
  }
}

extension DirectoryRecord: Packed {
  func pack(into writer: inout PackedWriter) {
    writer.put(path)
    digest.pack(into: &writer)
    writer.put(folders)
    writer.put(files)
  }
  init(unpacking reader: inout PackedReader) throws(PackedError) {
    let path = try reader.text()
    let digest = try Digest(unpacking: &reader)
    self.init(path: path, folders: try reader.values(), files: try reader.values(), digest: digest)
  }
}

extension DirectoryRecord.Folder: Packed {
  func pack(into writer: inout PackedWriter) {
    writer.put(path)
    identity.pack(into: &writer)
    writer.put(isFresh)
  }
  init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(
      path: try reader.text(), identity: try FileIdentity(unpacking: &reader), isFresh: try reader.flag())
  }
}

extension DirectoryRecord.File: Packed {
  func pack(into writer: inout PackedWriter) {
    writer.put(path)
    identity.pack(into: &writer)
    digest.pack(into: &writer)
    writer.put(isFresh)
  }
  init(unpacking reader: inout PackedReader) throws(PackedError) {
    let path = try reader.text()
    let identity = try FileIdentity(unpacking: &reader)
    self.init(
      path: path, identity: identity, digest: try Digest(unpacking: &reader), isFresh: try reader.flag())
  }
}

extension FileIdentity: Packed {
  func pack(into writer: inout PackedWriter) {
    writer.put(UInt(bitPattern: Int(changed)))
    writer.put(UInt(bitPattern: Int(size)))
    writer.put(UInt(inode))
    writer.put(UInt(mode))
  }
  init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(
      changed: Int64(Int(bitPattern: try reader.number())), size: Int64(Int(bitPattern: try reader.number())),
      inode: UInt64(try reader.number()), mode: UInt32(truncatingIfNeeded: try reader.number()))
  }
}
