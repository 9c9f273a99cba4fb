import AzureLinux

/// A build root as it stood, against one that is planned now.
enum RootDifference {
  /// - Parameter local: packages of changed specs as their specs say them now, by name.
  static func between(_ old: SettledRoot, _ new: BuildRootPlan, local: [String: NEVRA])
    -> [ExplainReport.Difference]
  {
    var before: [String: String] = [:]
    for package in old.base { before[package.nevra.name] = package.nevra.evr.description }
    for item in old.extra {
      switch item {
      case .published(let package): before[package.nevra.name] = package.nevra.evr.description
      // equal to what is planned only if its build is, which other reads tell
      case .built(let package): before[package.nevra.name] = "\(package.nevra.evr) built here"
      }
    }
    var now: [String: String] = [:]
    for package in new.base { now[package.nevra.name] = package.nevra.evr.description }
    for item in new.extra {
      switch item {
      case .published(let package): now[package.nevra.name] = package.nevra.evr.description
      case .local(_, let package):
        now[package] = local[package].map { "\($0.evr) built here" } ?? "built here"
      }
    }
    return Set(before.keys).union(now.keys).sorted().compactMap { name in
      before[name] == now[name]
        ? nil : ExplainReport.Difference(what: name, old: before[name], new: now[name])
    }
  }
}
