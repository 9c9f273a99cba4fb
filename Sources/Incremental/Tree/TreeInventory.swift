import AzureLinux
import Dispatch
import Glibc
import Storage
import Synchronization
import SystemPackage

/// What is in the tree: every package directory with the digest of its content, known by the kernel's word on each file
/// and, only where that moved, by reading it. Git is not asked.
///
/// Belongs to one actor, whose thread it may block.
package final class TreeInventory {
  let folders: [String]
  let others: [String]
  private let record: FilePath?
  private let tree: FilePath
  let root: Int32
  private(set) var directories: [String: DirectoryRecord] = [:]
  /// Directories whose content moved, one after the other.
  private var moves: [String] = []
  /// The folders of package directories themselves: as long as they are as they were, none came or went.
  private(set) var tops: [String: DirectoryRecord.Entry] = [:]
  /// In the order of the folders, then by name.
  private var locations: [SpecLocation]?
  private var pathsByName: [String: String]?
  private var sorted: [String]?
  private var isLoaded = false

  /// - Parameters:
  ///   - folders: of package directories; in those named first when two specs have one name.
  ///   - others: folders and files that count as one each.
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

  /// Package directories, other folders and files, and files that lie beside package directories.
  package var known: [String: Digest] { directories.mapValues(\.digest) }

  package var sighting: TreeSighting {
    TreeSighting(
      tree: tree, records: directories,
      mark: .init(inventory: ObjectIdentifier(self), moves: moves.count), moves: moves)
  }

  package func digest(of directory: String) -> Digest? { directories[directory]?.digest }

  /// Of all directories together, whatever their order: equal for equal trees.
  package var digest: Digest {
    let hash = SHA256()
    for path in paths {
      hash.update(path)
      directories[path]?.bytes.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<32])) }
    }
    return hash.finish()
  }

  /// Of all package directories and others, sorted.
  package var paths: [String] {
    if let sorted { return sorted }
    let paths = directories.keys.sorted()
    sorted = paths
    return paths
  }

  /// Paths of the files in a directory, relative to the tree.
  package func files(in directory: String) -> [String] { contents(of: directory).map(\.path) }

  /// Files of a directory with their digests, sorted.
  package func contents(of directory: String) -> [(path: String, digest: Digest)] {
    directories[directory]?.names ?? []
  }

  /// Files of the package directories that hold one of a kind, in the order of the folders.
  ///
  /// - Parameter start: of the names of that kind.
  package func files(
    ofDirectoriesHolding start: StaticString, _ isOne: (Substring) -> Bool
  ) -> [(directory: String, files: [(path: String, digest: Digest)])] {
    folders.flatMap { folder in
      paths.filter {
        isDirectory($0, of: folder) && directories[$0]?.hasFile(beginning: start, isOne) == true
      }
      .map { ($0, contents(of: $0)) }
    }
  }

  private func isDirectory(_ path: String, of folder: String) -> Bool {
    path.utf8.count > folder.utf8.count && path.hasPrefix(folder)
      && path.utf8.dropFirst(folder.utf8.count).first == UInt8(ascii: "/")
  }

  /// All specs, sorted.
  package var specs: [SpecLocation] {
    if let locations { return locations }
    var found: [String: SpecLocation] = [:]
    for folder in folders {
      for path in paths where isDirectory(path, of: folder) {
        for path in directories[path]?.specs ?? [] {
          let spec = SpecLocation(path: path)
          if found[spec.id] == nil { found[spec.id] = spec }
        }
      }
    }
    let sorted = found.values.sorted()
    locations = sorted
    pathsByName = nil
    return sorted
  }

  /// Specs whose name one of a folder named earlier has too, sorted: nothing is built of them. Each is called by its
  /// name and its folder, `ucx@SPECS-EXTENDED`.
  package var hidden: [SpecLocation] {
    let taken = Set(specs.map(\.path))
    return directories.values.flatMap(\.specs).filter { !taken.contains($0) }.sorted().map { path in
      SpecLocation(id: "\(SpecLocation(path: path).id)@\(path.prefix { $0 != "/" })", path: path)
    }
  }

  package var hasSpecs: Bool { directories.values.contains { !$0.specs.isEmpty } }

  /// Specs of one package directory, less those whose name another directory has first.
  package func specs(in directory: String) -> [SpecLocation] {
    let here = (directories[directory]?.specs ?? []).map { SpecLocation(path: $0) }
    if here.isEmpty { return [] }
    if locations == nil || pathsByName == nil {
      pathsByName = Dictionary(specs.map { ($0.id, $0.path) }) { first, _ in first }
    }
    return here.filter { pathsByName?[$0.id] == $0.path }
  }

  /// Specs below these folders, without reading or remembering anything.
  package static func count(tree: FilePath, folders: [String]) throws -> Int {
    let inventory = try TreeInventory(tree: tree, folders: folders)
    let count = folders.map { folder in
      inventory.list(folder).map { path in
        path.entries(in: inventory.root).count { $0.suffix(5).elementsEqual(".spec".utf8) }
      }.reduce(0, +)
    }.reduce(0, +)
    if count == 0 { throw InventoryError.noSpecs(tree: tree.string, folders: folders) }
    return count
  }

  // MARK: looking

  /// Looks at everything.
  /// - Returns: what differs from the look before: directories whose files differ, came or went.
  package func scan() throws -> Set<String> {
    load()
    var questions: [Question] = []
    var gone = Set(directories.keys)
    var isListed: Set<String> = []
    for folder in folders where !isTopAsItWas(folder) {
      isListed.insert(folder)
      for path in list(folder) { ask(path.text, path, &questions) }
    }
    for path in directories.keys {
      guard let folder = folders.first(where: { isDirectory(path, of: $0) }) else { continue }
      if !isListed.contains(folder) { ask(path, nil, &questions) }
    }
    for other in others { ask(other, nil, &questions) }
    for question in questions { gone.remove(question.key) }
    let answers = answer(questions)
    var changed: Set<String> = []
    for (key, record) in answers where adopt(key, record) { changed.insert(key) }
    for key in gone where adopt(key, nil) { changed.insert(key) }
    if !answers.isEmpty || !isListed.isEmpty || !gone.isEmpty { try save() }
    return changed
  }

  /// Looks at these files and folders only, relative to the tree; a folder stands for all below it.
  /// - Returns: what differs from the look before, as `scan` does.
  package func look(at paths: Set<String>) -> Set<String> {
    load()
    var questions: [Question] = []
    for path in paths {
      if let other = others.first(where: { path == $0 || path.hasPrefix($0 + "/") }) {
        ask(other, nil, &questions, isSure: true)
      } else if let folder = folders.first(where: { isDirectory(path, of: $0) }), !path.contains("\u{FFFD}") {
        let name = path.utf8.dropFirst(folder.utf8.count + 1).prefix { $0 != UInt8(ascii: "/") }
        ask(String(path[..<name.endIndex]), nil, &questions, isSure: true)
      } else {
        // whole folders came or went, or one whose name is no text
        for folder in folders
        where path.isEmpty || folder == path || folder.hasPrefix(path + "/") || isDirectory(path, of: folder)
        {
          for path in list(folder) { ask(path.text, path, &questions, isSure: true) }
          for known in directories.keys where isDirectory(known, of: folder) {
            ask(known, nil, &questions, isSure: true)
          }
        }
        for other in others where path.isEmpty || other.hasPrefix(path + "/") {
          ask(other, nil, &questions, isSure: true)
        }
      }
    }
    var asked: Set<String> = []
    questions.removeAll { !asked.insert($0.key).inserted }
    var changed: Set<String> = []
    for (key, record) in answer(questions) where adopt(key, record) { changed.insert(key) }
    return changed
  }

  private func isTopAsItWas(_ folder: String) -> Bool {
    let path = RawPath(folder)
    let now = FileIdentity.now()
    let identity = path.withCString { FileIdentity($0, in: root) }
    // of a link, this says nothing about the folder
    if let identity, identity.isFolder {
      let old = tops[folder]
      tops[folder] = .init(path: path, identity: identity, isFresh: identity.isFresh(at: now))
      return old.map { !$0.isFresh && $0.identity == identity } ?? false
    }
    tops[folder] = nil
    return false
  }

  private func list(_ folder: String) -> [RawPath] {
    let path = RawPath(folder)
    return path.entries(in: root, following: true).map(path.appending)
  }

  /// Whether nothing of a directory was touched since it was looked at; true for one that is not followed.
  package func isUntouched(_ directory: String) -> Bool {
    directories[directory]?.isUntouched(in: root) ?? true
  }

  // MARK: asking

  /// What is there under a name?
  private struct Question: Sendable {
    var key: String
    var path: RawPath
    var old: DirectoryRecord?
    /// Something has moved; the kernel's word is not asked for first.
    var isSure: Bool
  }

  private func ask(_ key: String, _ path: RawPath?, _ questions: inout [Question], isSure: Bool = false) {
    let old = directories[key]
    questions.append(
      Question(
        key: key, path: path ?? old?.path ?? RawPath(key), old: old, isSure: isSure))
  }

  /// Only what differs, in the order of the questions. It is twelve thousand files: both cores look.
  private func answer(_ questions: [Question]) -> [(key: String, record: DirectoryRecord?)] {
    let parts = questions.count < 32 ? 1 : 32
    let found = Mutex<[(Int, DirectoryRecord?)]>([])
    let root = root
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      var mine: [(Int, DirectoryRecord?)] = []
      for position in stride(from: part, to: questions.count, by: parts) {
        let question = questions[position]
        if !question.isSure, question.old?.isAsItWas(in: root) == true { continue }
        let record = DirectoryRecord(
          question.path, in: root, old: question.old)
        if record != nil || question.old != nil { mine.append((position, record)) }
      }
      found.withLock { $0 += mine }
    }
    return found.withLock { $0.sorted { $0.0 < $1.0 } }.map { (questions[$0.0].key, $0.1) }
  }

  /// - Returns: whether its content differs from what was known.
  private func adopt(_ key: String, _ record: DirectoryRecord?) -> Bool {
    let old = directories.updateValue(record, forKey: key)
    if (old == nil) != (record == nil) { sorted = nil }
    if old?.digest == record?.digest { return false }
    moves.append(key)
    if old?.specs ?? [] != record?.specs ?? [] { locations = nil }
    return true
  }

  // MARK: the record

  private func load() {
    guard !isLoaded else { return }
    isLoaded = true
    guard let record, let kept = InventoryRecord(file: record, folders: folders, others: others) else {
      return
    }
    tops = Dictionary(kept.tops.map { ($0.path.text, $0) }) { first, _ in first }
    directories = Dictionary(kept.directories.map { ($0.key, $0) }) { first, _ in first }
    // as they were written
    sorted = kept.directories.map(\.key)
  }

  /// Keeps what is known now for the next process. `scan` does so itself.
  package func save() throws {
    guard let record else { return }
    try InventoryRecord(
      tops: folders.compactMap { tops[$0] }, directories: paths.compactMap { directories[$0] }
    ).write(to: record, folders: folders, others: others)
  }
}

extension Dictionary {
  /// - Returns: the value before.
  fileprivate mutating func updateValue(_ value: Value?, forKey key: Key) -> Value? {
    if let value { updateValue(value, forKey: key) } else { removeValue(forKey: key) }
  }
}
