import AzureLinux
import CSolv

extension Universe {
  /// The smallest root that holds the base and all requirements; weak dependencies do not count.
  package func solve(_ request: SolveRequest) throws(SolverError) -> Solution {
    let visibility = visibility(unaware: request.unaware)
    var jobs = IdQueue()
    // what each pair of the job queue stands for
    var asked: [Dependency?] = []
    var base: [Id: RepositoryPackage] = [:]

    var unreadable: [Problem] = []
    for dependency in request.install {
      let id = packages.id(dependency)
      if id == 0 {
        unreadable.append(
          Problem(dependency: dependency.text, requested: dependency, cause: .requirementsClash))
        continue
      }
      jobs.push(SOLVER_INSTALL | SOLVER_SOLVABLE_PROVIDES, id)
      asked.append(dependency)
    }
    guard unreadable.isEmpty else { throw .unresolvable(unreadable) }
    for package in request.base {
      let exact = packages.named(package.nevra.name).filter(visibility.shows)
      if exact.isEmpty { continue }
      jobs.push(SOLVER_INSTALL | SOLVER_SOLVABLE_NAME, packages.id(package.nevra.name))
      asked.append(nil)
      if let id = exact.first(where: { isPublished($0, package) }) {
        base[id] = package
        // weak: gives way where a requirement cannot be met otherwise
        jobs.push(SOLVER_INSTALL | SOLVER_SOLVABLE | SOLVER_WEAK, id)
        asked.append(nil)
      }
    }

    return try withConsidered(visibility) { () throws(SolverError) -> Solution in
      let solver = solver_create(packages.pool)!
      defer { solver_free(solver) }
      solver_set_flag(solver, SOLVER_FLAG_IGNORE_RECOMMENDED, 1)
      // as dnf does: an obsoleted package is no candidate
      solver_set_flag(solver, SOLVER_FLAG_YUM_OBSOLETES, 1)
      guard solver_solve(solver, &jobs.queue) == 0 else {
        throw .unresolvable(explain(solver, asked: asked, visibility: visibility))
      }
      return solution(solver, request: request, base: base)
    }
  }

  private func solution(
    _ solver: UnsafeMutablePointer<Solver>, request: SolveRequest, base: [Id: RepositoryPackage]
  )
    -> Solution
  {
    let transaction = solver_create_transaction(solver)!
    defer { transaction_free(transaction) }
    transaction_order(transaction, 0)
    let steps = transaction.pointee.steps
    let ids = Array(UnsafeBufferPointer(start: steps.elements, count: Int(steps.count)))
    let chosen = Set(ids)
    let kept = Set(base.filter { chosen.contains($0.key) }.values)
    return Solution(
      packages: ids.map(resolved), extra: ids.filter { base[$0] == nil }.map(resolved),
      replaced: request.base.filter { !kept.contains($0) })
  }

  private func isPublished(_ id: Id, _ package: RepositoryPackage) -> Bool {
    replacements?.origins[id] == nil && packages.nevra(id) == package.nevra
      && String(cString: packages.repository(id).pointee.name) == package.repository
  }

  /// libsolv leaves out what is not in this map, for as long as the body runs.
  private func withConsidered<Result>(
    _ visibility: Visibility, _ body: () throws(SolverError) -> Result
  ) throws(SolverError) -> Result {
    let pool = packages.pool
    var map = Map()
    map_init(&map, pool.pointee.nsolvables)
    defer { map_free(&map) }
    map_setall(&map)
    for id in visibility.unseen.union(visibility.replaced.keys) {
      map.map[Int(id >> 3)] &= ~(1 << UInt8(id & 7))
    }
    let considered = UnsafeMutablePointer<Map>.allocate(capacity: 1)
    considered.initialize(to: map)
    pool.pointee.considered = considered
    defer {
      pool.pointee.considered = nil
      considered.deallocate()
    }
    return try body()
  }
}
