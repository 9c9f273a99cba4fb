import AzureLinux
import CSolv
import Synchronization

/// rpm's rules for versions and rich dependencies, asked of libsolv without any packages.
package final class VersionRules: Sendable {
  /// A pool of strings alone; one asks at a time.
  private let pool: Mutex<PackagePool>

  package init() { pool = Mutex(PackagePool(arch: "noarch")) }

  /// Whether two ranges of versions, each an operator and a version, have one in common.
  package func overlap(_ a: (op: String, evr: String), _ b: (op: String, evr: String)) -> Bool {
    pool.withLock { packages in
      let first = packages.id(Dependency(text: "", name: "v", op: a.op, evr: a.evr))
      let second = packages.id(Dependency(text: "", name: "v", op: b.op, evr: b.evr))
      return pool_match_dep(packages.pool, first, second) != 0
    }
  }

  /// What a rich dependency is made of; nil when it is none.
  package func parts(ofRich text: String) -> RichDependency? {
    pool.withLock { packages in
      let id = packages.id(Dependency(text: text, name: ""))
      return id == 0 ? nil : packages.rich(id)
    }
  }
}

extension PackagePool {
  fileprivate func rich(_ id: Id) -> RichDependency? {
    guard isRelation(id) else { return .plain(dependency(id)) }
    let relation = relation(id)
    switch relation.flags {
    case REL_AND, REL_OR: return pair(relation).map { .either($0.0, $0.1) }
    case REL_WITH: return pair(relation).map { .both($0.0, $0.1) }
    case REL_WITHOUT: return pair(relation).map { .first($0.0, butNot: $0.1) }
    case REL_COND, REL_UNLESS:
      // the condition and its else are one relation in the place of the second part
      guard let then = rich(relation.name) else { return nil }
      if isRelation(relation.evr), self.relation(relation.evr).flags == REL_ELSE {
        guard let (condition, otherwise) = pair(self.relation(relation.evr)) else { return nil }
        return .conditional(then, condition: condition, otherwise: otherwise)
      }
      guard let condition = rich(relation.evr) else { return nil }
      return .conditional(then, condition: condition, otherwise: nil)
    default: return .plain(dependency(id))
    }
  }

  private func pair(_ relation: Reldep) -> (RichDependency, RichDependency)? {
    guard let first = rich(relation.name), let second = rich(relation.evr) else { return nil }
    return (first, second)
  }

  /// libsolv marks ids of relations by their highest bit.
  func isRelation(_ id: Id) -> Bool { id < 0 }
  func relation(_ id: Id) -> Reldep {
    pool.pointee.rels[Int(id & Int32.max)]
  }
}
