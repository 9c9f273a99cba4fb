import AzureLinux
import CSolv

/// The packages of changed specs, in the pool as a repository of their own.
struct Replacements {
  let repo: UnsafeMutablePointer<Repo>
  let specs: [ReplacedSpec]
  /// Where each of its solvables comes from.
  let origins: [Id: ResolvedPackage]
  let specOf: [Id: String]
}

extension PackagePool {
  /// `priority` in libsolv's sense: that of the best repository, since what is replaced is not there to compete.
  func add(_ specs: [ReplacedSpec], priority: Int32) -> Replacements {
    // all of the published packages is read before the first is added, which drops the index
    let members = specs.flatMap { spec in
      switch spec.packages {
      case .local(let packages):
        return packages.map { (spec.spec, $0, ResolvedPackage.local(spec: spec.spec, $0.file)) }
      case .predicted(let packages):
        let siblings = Set(packages.map(\.nevra.name))
        return packages.map { package in
          (spec.spec, complete(package, siblings: siblings), .predicted(spec: spec.spec, package.nevra))
        }
      }
    }
    let repo = repo_create(pool, pool_id2str(pool, id("local")))!
    repo.pointee.priority = priority
    let files = repo_add_repodata(repo, 0)!
    var origins: [Id: ResolvedPackage] = [:]
    var specOf: [Id: String] = [:]
    for (spec, package, origin) in members {
      let solvable = add(package, to: repo, files: files)
      origins[solvable] = origin
      specOf[solvable] = spec
    }
    repodata_internalize(files)
    return Replacements(repo: repo, specs: specs, origins: origins, specOf: specOf)
  }

  private func add(
    _ package: LocalPackage, to repo: UnsafeMutablePointer<Repo>, files: UnsafeMutablePointer<Repodata>
  ) -> Id {
    let solvable = repo_add_solvable(repo)
    let nevra = package.file.nevra
    self[solvable].pointee.name = id(nevra.name)
    self[solvable].pointee.evr = id(nevra.evr.description)
    self[solvable].pointee.arch = id(nevra.arch)
    func list(_ dependencies: [Dependency]) -> Offset {
      dependencies.reduce(0) { list, dependency in
        let id = id(dependency)
        return id == 0 ? list : repo_addid_dep(repo, list, id, 0)
      }
    }
    let own = Dependency(
      text: "\(nevra.name) = \(nevra.evr)", name: nevra.name, op: "=", evr: nevra.evr.description)
    self[solvable].pointee.provides = list(package.provides + [own])
    // rpm itself provides these
    self[solvable].pointee.requires = list(package.requires.filter { !$0.name.hasPrefix("rpmlib(") })
    self[solvable].pointee.conflicts = list(package.conflicts)
    self[solvable].pointee.obsoletes = list(package.obsoletes)
    for path in package.files {
      guard let slash = path.lastIndex(of: "/") else { continue }
      let folder = slash == path.startIndex ? "/" : String(path[..<slash])
      let name = String(path[path.index(after: slash)...])
      repodata_add_dirstr(files, solvable, Key.fileList, repodata_str2dir(files, folder, 1), name)
    }
    return solvable
  }
}
