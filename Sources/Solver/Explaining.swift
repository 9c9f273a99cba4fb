import AzureLinux
import CSolv

extension Universe {
  /// libsolv's problems in words that name the requirement, who has it and what there is instead.
  func explain(_ solver: UnsafeMutablePointer<Solver>, asked: [Dependency?], visibility: Visibility)
    -> [Problem]
  {
    var problems: [Problem] = []
    for number in 1...max(1, Id(solver_problem_count(solver))) {
      var rules = IdQueue()
      solver_findallproblemrules(solver, number, &rules.queue)
      let facts = rules.ids.map { fact($0, of: solver, asked: asked) }
      let requested = facts.lazy.compactMap(\.requested).first
      // the most telling rule of those that clash
      guard let fact = facts.max(by: { $0.weight < $1.weight }) else { continue }
      let problem = problem(fact, requested: requested, visibility: visibility)
      if !problems.contains(problem) { problems.append(problem) }
    }
    return problems
  }

  private struct Fact {
    var type: SolverRuleinfo
    var source: Id
    var target: Id
    var dependency: Id
    var requested: Dependency?

    var weight: Int {
      switch type {
      case SOLVER_RULE_JOB_NOTHING_PROVIDES_DEP, SOLVER_RULE_JOB_UNKNOWN_PACKAGE: 6
      case SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP: 5
      case SOLVER_RULE_PKG_CONFLICTS, SOLVER_RULE_PKG_OBSOLETES, SOLVER_RULE_PKG_SELF_CONFLICT: 4
      case SOLVER_RULE_PKG_NOT_INSTALLABLE: 3
      case SOLVER_RULE_PKG_REQUIRES: 2
      case SOLVER_RULE_PKG_SAME_NAME: 1
      default: 0
      }
    }
  }

  private func fact(_ rule: Id, of solver: UnsafeMutablePointer<Solver>, asked: [Dependency?]) -> Fact {
    var source: Id = 0
    var target: Id = 0
    var dependency: Id = 0
    let type = solver_ruleinfo(solver, rule, &source, &target, &dependency)
    var requested: Dependency?
    if solver_ruleclass(solver, rule) == SOLVER_RULE_JOB {
      let index = Int(solver_rule2jobidx(solver, rule))
      // 1-based and in ids, of which a job has two
      if index > 0, (index - 1) / 2 < asked.count { requested = asked[(index - 1) / 2] }
    }
    return Fact(type: type, source: source, target: target, dependency: dependency, requested: requested)
  }

  private func problem(_ fact: Fact, requested: Dependency?, visibility: Visibility) -> Problem {
    let who = fact.source > 0 ? packages.nevra(fact.source).description : nil
    switch fact.type {
    case SOLVER_RULE_PKG_NOT_INSTALLABLE:
      // a requirement of which every provider is left out: say which one and why
      if let wanted = requested { return unprovided(packages.id(wanted), by: nil, wanted, visibility) }
      return Problem(dependency: who ?? "", neededBy: nil, requested: requested, cause: .notInstallable)
    case SOLVER_RULE_PKG_CONFLICTS, SOLVER_RULE_PKG_OBSOLETES, SOLVER_RULE_PKG_SELF_CONFLICT:
      return Problem(
        dependency: packages.dependencyText(fact.dependency), neededBy: who, requested: requested,
        cause: .conflict(with: fact.target > 0 ? packages.nevra(fact.target).description : who ?? ""))
    case SOLVER_RULE_PKG_SAME_NAME:
      return Problem(
        dependency: who ?? "", neededBy: nil, requested: requested,
        cause: .conflict(with: fact.target > 0 ? packages.nevra(fact.target).description : ""))
    case SOLVER_RULE_JOB, SOLVER_RULE_JOB_NOTHING_PROVIDES_DEP, SOLVER_RULE_JOB_UNKNOWN_PACKAGE:
      guard let wanted = fact.requested ?? requested else { break }
      return unprovided(packages.id(wanted), by: nil, wanted, visibility)
    default: break
    }
    guard fact.dependency != 0 else {
      return Problem(
        dependency: who ?? requested?.text ?? "", requested: requested, cause: .requirementsClash)
    }
    return unprovided(fact.dependency, by: who, requested, visibility)
  }

  private func unprovided(
    _ dependency: Id, by who: String?, _ requested: Dependency?, _ visibility: Visibility
  )
    -> Problem
  {
    let providers = packages.providers(dependency)
    let text = packages.dependencyText(dependency)
    if providers.contains(where: visibility.shows) {
      return Problem(dependency: text, neededBy: who, requested: requested, cause: .requirementsClash)
    }
    if let hidden = providers.first(where: { visibility.replaced[$0] != nil }),
      let spec = visibility.replaced[hidden]
    {
      let provider = packages.nevra(hidden).description
      return Problem(
        dependency: text, neededBy: who, requested: requested,
        cause: .replaced(provider: provider, spec: spec))
    }
    let name = packages.dependency(dependency).name
    return Problem(
      dependency: text, neededBy: who, requested: requested,
      cause: .nothingProvides(available: available(name, visibility), nearest: nearest(to: name, visibility)))
  }

  /// Newest packages that provide the name in whatever version.
  private func available(_ name: String, _ visibility: Visibility) -> [String] {
    let id = packages.known(name)
    guard id != 0 else { return [] }
    let shown = packages.providers(id).filter(visibility.shows).sorted { packages.isNewer($0, than: $1) }
    return shown.prefix(2).map { solvable in
      let repository = String(cString: packages.repository(solvable).pointee.name)
      let package = packages.nevra(solvable)
      return package.name == name
        ? "\(package) in \(repository)" : "\(package) in \(repository), which provides it"
    }
  }

  func nearest(to name: String, _ visibility: Visibility) -> [String] {
    guard !name.isEmpty else { return [] }
    var names: Set<String> = []
    for id in packages.solvables where packages[id].pointee.repo != nil && visibility.shows(id) {
      names.insert(packages.text(packages[id].pointee.name))
    }
    return AzureLinux.nearestNames(to: name, in: names)
  }
}
