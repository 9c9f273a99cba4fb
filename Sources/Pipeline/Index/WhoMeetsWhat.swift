import AzureLinux

/// Which package meets which need.
extension DependencyIndex {
  /// Whether a package with this offer meets a need of the same name.
  func meets(_ offer: Term, _ need: Term) -> Bool {
    guard offer.op != 0, need.op != 0 else { return true }
    if offer.op == need.op, offer.evr == need.evr { return true }
    let pair = MatchMemo.Pair(offer: offer.range, need: need.range)
    if let known = memo.overlaps[pair] { return known }
    let answer = matching.overlap(
      offer: VersionRange(op: Operators.text(offer.op), evr: texts[offer.evr]),
      need: VersionRange(op: Operators.text(need.op), evr: texts[need.evr]))
    memo.overlaps[pair] = answer
    return answer
  }

  /// Calls `body` with each need that the package meets and somebody in `users` has.
  @inline(__always)
  func forEachNeed(metBy package: Int32, of users: Lists<Use>, _ body: (Int32) -> Void) {
    let needsOfName = needsOfName
    let needs = needs
    offers.forEach(package) { offer in
      needsOfName.forEach(offer.name) { need in
        guard !users.isEmpty(need) else { return }
        let term = needs[Int(need)]
        let isMet =
          term.op == Operators.rich ? providers(ofRich: need).contains(package) : meets(offer, term)
        if isMet { body(need) }
      }
    }
  }

  /// Packages that meet a need, ordered by name.
  func providers(of need: Int32) -> [Int32] {
    let term = needs[Int(need)]
    let found = term.op == Operators.rich ? providers(ofRich: need) : providers(of: term)
    return found.sorted { texts[packages[Int($0)].name] < texts[packages[Int($1)].name] }
  }

  private func providers(ofRich need: Int32) -> Set<Int32> {
    if let known = memo.providers[need] { return known }
    let found = parts(ofRich: need).map { providers(of: $0) } ?? []
    memo.providers[need] = found
    return found
  }

  private func parts(ofRich need: Int32) -> RichDependency? {
    if let known = memo.parts[need] { return known }
    let found = matching.parts(ofRich: texts[needs[Int(need)].name])
    memo.parts[need] = found
    return found
  }

  private func providers(of rich: RichDependency) -> Set<Int32> {
    switch rich {
    case .plain(let dependency):
      guard let name = texts.known(dependency.name) else { return [] }
      let op = Operators.code(dependency.op)
      guard let evr = op == 0 ? 0 : texts.known(dependency.evr) else { return [] }
      return providers(of: Term(name: name, op: op, evr: evr))
    case .either(let a, let b): return providers(of: a).union(providers(of: b))
    case .both(let a, let b): return providers(of: a).intersection(providers(of: b))
    case .first(let a, butNot: let b): return providers(of: a).subtracting(providers(of: b))
    case .conditional(let a, condition: _, let otherwise):
      return providers(of: a).union(otherwise.map { providers(of: $0) } ?? [])
    }
  }

  private func providers(of term: Term) -> Set<Int32> {
    guard Int(term.name) < offerersOfName.count else { return [] }
    var found: Set<Int32> = []
    for package in offerersOfName[term.name] {
      for offer in offers[package] where offer.name == term.name && meets(offer, term) {
        found.insert(package)
        break
      }
    }
    return found
  }
}

extension DependencyIndex.Term {
  fileprivate var range: UInt64 { UInt64(UInt32(bitPattern: op)) << 32 | UInt64(UInt32(bitPattern: evr)) }
}
