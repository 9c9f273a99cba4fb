import AzureLinux
import CSolv

/// Owns one libsolv pool and speaks to it in the project's values. Not Sendable: `Universe` alone holds it.
final class PackagePool {
  let pool: UnsafeMutablePointer<Pool>

  init(arch: String) {
    pool = pool_create()
    // because Debian's libsolv takes itself to be in a Debian system, where noarch packages do not exist
    pool_setdisttype(pool, DISTTYPE_RPM)
    pool_setarch(pool, arch)
    // which packages count differs by request: the index knows them all
    pool_set_flag(pool, POOL_FLAG_WHATPROVIDESWITHDISABLED, 1)
    // required files outside of bin and etc are looked up when a solver asks, not for all packages beforehand
    pool_set_flag(pool, POOL_FLAG_ADDFILEPROVIDESFILTERED, 1)
  }

  deinit { pool_free(pool) }

  subscript(_ id: Id) -> UnsafeMutablePointer<Solvable> { pool.pointee.solvables + Int(id) }

  /// Solvables 0 and 1 are libsolv's own.
  var solvables: Range<Id> { 2..<max(2, pool.pointee.nsolvables) }

  func text(_ id: Id) -> String { String(cString: pool_id2str(pool, id)) }
  func dependencyText(_ id: Id) -> String { String(cString: pool_dep2str(pool, id)) }
  /// 0 when the pool has never seen the string.
  func known(_ text: String) -> Id { pool_str2id(pool, text, 0) }
  func id(_ text: String) -> Id { pool_str2id(pool, text, 1) }

  /// 0 for a rich dependency that does not parse.
  func id(_ dependency: Dependency) -> Id {
    if dependency.isRich { return pool_parserpmrichdep(pool, dependency.text) }
    let name = id(dependency.name)
    let flags: Int32 =
      switch dependency.op {
      case "=": REL_EQ
      case "<": REL_LT
      case "<=": REL_LT | REL_EQ
      case ">": REL_GT
      case ">=": REL_GT | REL_EQ
      default: 0
      }
    return flags == 0 ? name : pool_rel2id(pool, name, id(dependency.evr), flags, 1)
  }

  func nevra(_ solvable: Id) -> NEVRA {
    let s = self[solvable].pointee
    return NEVRA(name: text(s.name), evr: EVR(libsolv: text(s.evr)), arch: text(s.arch))
  }

  /// All that provide `dependency`, whether a request considers them or not.
  func providers(_ dependency: Id) -> [Id] {
    var found: [Id] = []
    var next = pool_whatprovides_ptr(pool, dependency)!
    while next.pointee != 0 {
      found.append(next.pointee)
      next += 1
    }
    return found
  }

  /// Packages of that name, newest first.
  func named(_ name: String) -> [Id] {
    let wanted = known(name)
    guard wanted != 0 else { return [] }
    return providers(wanted).filter { self[$0].pointee.name == wanted }.sorted { isNewer($0, than: $1) }
  }

  func isNewer(_ a: Id, than b: Id) -> Bool {
    let order = pool_evrcmp(pool, self[a].pointee.evr, self[b].pointee.evr, EVRCMP_COMPARE)
    return order != 0 ? order > 0 : a < b
  }

  func repository(_ solvable: Id) -> UnsafeMutablePointer<Repo> { self[solvable].pointee.repo }

  /// Every path that the package installs, where file lists are loaded.
  func files(_ solvable: Id) -> [String] {
    var found: [String] = []
    var iterator = Dataiterator()
    dataiterator_init(&iterator, pool, nil, solvable, Key.fileList, nil, 0)
    defer { dataiterator_free(&iterator) }
    while dataiterator_step(&iterator) != 0 {
      guard let path = repodata_dir2str(iterator.data, iterator.kv.id, iterator.kv.str) else { continue }
      found.append(String(cString: path))
    }
    return found
  }
}

/// The keys of libsolv's data that are read or written here.
enum Key {
  static let fileList = Id(SOLVABLE_FILELIST.rawValue)
  static let checksum = Id(SOLVABLE_CHECKSUM.rawValue)
  static let mediaBase = Id(SOLVABLE_MEDIABASE.rawValue)
  static let downloadSize = Id(SOLVABLE_DOWNLOADSIZE.rawValue)
  static let sourceName = Id(SOLVABLE_SOURCENAME.rawValue)
  static let fileMarker = Id(SOLVABLE_FILEMARKER.rawValue)
  static let prerequisiteMarker = Id(SOLVABLE_PREREQMARKER.rawValue)
}

extension EVR {
  /// libsolv keeps `[epoch:]version[-release]` in one string.
  init(libsolv text: String) {
    let colon = text.firstIndex(of: ":")
    let rest = colon.map { text[text.index(after: $0)...] } ?? text[...]
    let dash = rest.lastIndex(of: "-")
    self.init(
      epoch: colon.flatMap { Int(text[..<$0]) }, version: String(rest[..<(dash ?? rest.endIndex)]),
      release: dash.map { String(rest[rest.index(after: $0)...]) } ?? "")
  }
}

/// libsolv's list of ids, freed with its owner.
struct IdQueue: ~Copyable {
  var queue = Queue()

  init() { queue_init(&queue) }
  deinit {
    var last = queue
    queue_free(&last)
  }

  mutating func push(_ ids: Id...) { for id in ids { queue_push(&queue, id) } }
  var ids: [Id] { Array(UnsafeBufferPointer(start: queue.elements, count: Int(queue.count))) }
}
