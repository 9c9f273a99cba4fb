/// One target of upstream's makefiles, and what it does here.
package struct MakeTarget: Sendable {
  package enum Verdict: Hashable, Sendable {
    case does(MakeAction)
    /// There is nothing to do for it, and why.
    case met(String)
    case refused(String, next: String? = nil)
    case later(MakeOwner)
  }

  /// `printvar-%` stands for all names that begin so.
  package var name: String
  package var meaning: String
  package var verdict: Verdict

  init(_ name: String, _ meaning: String, _ verdict: Verdict) {
    self.name = name
    self.meaning = meaning
    self.verdict = verdict
  }

  /// What stands for `%` in a word that this pattern matches; nil where it does not.
  func stem(of word: String) -> String? {
    guard name.hasSuffix("%") else { return nil }
    let start = name.dropLast()
    return word.hasPrefix(start) && word.count > start.count ? String(word.dropFirst(start.count)) : nil
  }
}

/// What a target does.
package enum MakeAction: Hashable, Sendable {
  case build
  case plan
  case bundle(save: Bool, kind: String)
  case shell
  case doctor
  case checkImage
  /// Its packages, then what is made of them.
  case image(MakeImage)
  case metaUserData
  case collect(kind: String)
  /// What no other verb does.
  case task(MakeTask)
  case remove([MakePart])
}

/// What is made of an image configuration.
package enum MakeImage: Hashable, Sendable {
  case image, raw, iso
  case fetch(external: Bool)

  package var verb: [String] {
    switch self {
    case .image: ["build"]
    case .raw: ["build", "--raw"]
    case .iso: ["iso"]
    case .fetch(let isExternal): isExternal ? ["fetch", "--external"] : ["fetch"]
    }
  }
}

package enum MakeTask: String, Hashable, Sendable, CaseIterable {
  case help, variable, verboseVariable, allVariables, allVariablesVerbosely
  case base, validateBase, macros
  case specs, graph, versionsMacros, sources, expand, precache, repositoryQuery
  case summary, builtPackages, presentPackages, snapshot, architectures, blockers
  case licences, sonames, manifests
  case shellHelp
}

/// What of a workspace a clean target removes.
package enum MakePart: String, Hashable, Sendable, CaseIterable {
  case packages = "RPMS, SRPMS and build_state.csv in .azldev/out"
  case records = "records of finished builds"
  case logs
  case roots = "roots of failed builds"
  case layers = "layers of build roots"
  case macros = "macros of the tree"
  case artifacts = "$(PKGBUILD_DIR)"
  case specs = "$(BUILD_SPECS_DIR)"
  case srpms = "$(BUILD_SRPMS_DIR)"
  case ccache = "caches of ccache"
  case archives = "rpms.tar.gz and cache.tar.gz"
  case sourceArchives = "srpms.tar.gz"
  case licences = "license_check"
  case sonames = "sodiff"
  case snapshot = "rpms_snapshot.json"
  case images
}
