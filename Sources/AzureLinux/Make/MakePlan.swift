/// What a command line of `make` comes to: verbs of azl-dev with their words, and what only `make` does.
package struct MakePlan: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    /// A verb and its words, without those that all verbs take.
    case verb([String])
    case task(MakeTask, target: String)
    case remove([MakePart], target: String)
  }

  /// `key=value`, as `--set` takes it.
  package private(set) var settings: [String] = []
  package private(set) var steps: [Step] = []

  /// - Parameters:
  ///   - words: that were checked.
  ///   - values: of all variables.
  ///   - place: makes an absolute path of one that a value gives.
  ///   - inTree: the path of a folder relative to the tree; nil outside of it.
  package init(
    _ words: MakeWords, values: MakeValues, place: @escaping (String) -> String, inTree: (String) -> String?
  ) throws(MakeError) {
    let mapping = MakeMapping(words: words, values: values, place: place)
    settings = try mapping.settings(inTree: inTree)
    for word in words.targets.isEmpty ? ["all"] : words.targets {
      guard case .does(let action)? = MakeTarget.find(word)?.verdict else { continue }
      steps += try mapping.steps(action, target: word)
    }
  }
}

private struct MakeMapping {
  let words: MakeWords
  let values: MakeValues
  let place: (String) -> String

  func steps(_ action: MakeAction, target: String) throws(MakeError) -> [MakePlan.Step] {
    switch action {
    case .build: return try build()
    case .plan:
      let goals = goals() + words.list("PACKAGE_REBUILD_LIST")
      return [.verb(["plan"] + goals + ignored("PACKAGE_IGNORE_LIST") + scope() + dependents() + jobs())]
    case .bundle(let isSaving, let kind): return [.verb(try bundle(isSaving, kind, target))]
    case .shell:
      let specs = words.list("SRPM_PACK_LIST")
      guard specs.count == 1 else {
        throw .missing(target: target, variable: "SRPM_PACK_LIST", wanted: "<one spec>")
      }
      return [.verb(["shell"] + specs)]
    case .doctor: return [.verb(["doctor"])]
    case .checkImage:
      guard words.isSet("CONFIG_FILE") else {
        throw .missing(target: target, variable: "CONFIG_FILE", wanted: "<image configuration>")
      }
      let base = words.isSet("CONFIG_BASE_DIR") ? ["--base-dir", place(values["CONFIG_BASE_DIR"])] : []
      return [.verb(["image", "check", place(values["CONFIG_FILE"])] + base)]
    case .image(let image): return try self.image(image, target)
    case .metaUserData: return [.verb(metaUserData())]
    case .collect(let kind): return [.verb(["gc", "--set", "disk.\(kind)=0"])]
    case .task(let task):
      try check(task, target)
      return [.task(task, target: target)]
    case .remove(let parts): return [.remove(parts, target: target)]
    }
  }

  /// Packages that the tree makes are built first, unless what is there is to do.
  private func image(_ image: MakeImage, _ target: String) throws(MakeError) -> [MakePlan.Step] {
    guard words.isSet("CONFIG_FILE") else {
      throw .missing(target: target, variable: "CONFIG_FILE", wanted: "<image configuration>")
    }
    if image == .iso, !words.isYes("UNATTENDED_INSTALLER") {
      throw .refusedTarget(
        target, because: "an attended installer, one that asks, is not supported yet",
        next: "UNATTENDED_INSTALLER=y makes one that asks nothing")
    }
    var verb = ["image"] + image.verb + [place(values["CONFIG_FILE"])]
    for (name, option) in [("CONFIG_BASE_DIR", "--base-dir"), ("IMAGE_CACHE_SUMMARY", "--from-summary")]
    where words.isSet(name) {
      verb += [option, place(values[name])]
    }
    if image == .iso, words.isSet("INITRD_CACHE_SUMMARY") {
      verb += ["--installer-summary", place(values["INITRD_CACHE_SUMMARY"])]
    }
    if case .fetch(let isExternal) = image {
      return (isExternal || words.isNo("REBUILD_PACKAGES") ? [] : try build(isForImage: true)) + [.verb(verb)]
    }
    for (name, option) in [("IMAGE_TAG", "--tag"), ("BUILD_ID", "--build-id")] where words.isSet(name) {
      verb += [option, values[name]]
    }
    return (words.isNo("REBUILD_PACKAGES") ? [] : try build(isForImage: true)) + [.verb(verb)]
  }

  /// As upstream: certificates are for the guest where all three are given.
  private func metaUserData() -> [String] {
    var verb = ["image", "meta-user-data", place(values["META_USER_DATA_DIR"])]
    if words.isSet("SSH_KEY_FILE") { verb += ["--ssh-key", place(values["SSH_KEY_FILE"])] }
    let credentials = [("TLS_CERT", "--cert"), ("TLS_KEY", "--key"), ("CA_CERT", "--ca")]
    if credentials.allSatisfy({ words.isSet($0.0) }) {
      verb += credentials.flatMap { [$0.1, place(values[$0.0])] }
    }
    return verb
  }

  // MARK: build-packages

  /// The build, then tests that are asked for by name, then the look at licence files.
  ///
  /// - Parameter isForImage: paths in its configuration may start elsewhere.
  private func build(isForImage: Bool = false) throws(MakeError) -> [MakePlan.Step] {
    let (run, rerun) = (words.list("TEST_RUN_LIST"), words.list("TEST_RERUN_LIST"))
    let ignored = ignored("TEST_IGNORE_LIST")
    let testLists = ["TEST_RUN_LIST", "TEST_RERUN_LIST"].filter(words.isSet)
    if !isForImage, words.isSet("CONFIG_BASE_DIR"),
      place(values["CONFIG_BASE_DIR"]) != folder(of: "CONFIG_FILE")
    {
      throw .refusedVariable(
        name: "CONFIG_BASE_DIR", value: values["CONFIG_BASE_DIR"],
        because: "package lists of a configuration that is a goal lie beside it",
        next: "leave it out, or name the image: azl-dev make image")
    }
    if words.isNo("RUN_CHECK"), let list = testLists.first {
      throw .contradiction(list, "RUN_CHECK=n", because: "one wants tests and the other none")
    }
    if words.isYes("RESOLVE_CYCLES_FROM_UPSTREAM"), words.isYes("DISABLE_UPSTREAM_REPOS") {
      throw .contradiction(
        "RESOLVE_CYCLES_FROM_UPSTREAM=y", "DISABLE_UPSTREAM_REPOS=y",
        because: "circles are broken with packages of those repositories")
    }
    let both = Set(rerun).intersection(words.list("TEST_IGNORE_LIST")).sorted()
    if !both.isEmpty {
      throw .contradiction(
        "TEST_RERUN_LIST", "TEST_IGNORE_LIST", because: "\(both.joined(separator: " ")) is in both")
    }
    var check: [String] = words.isNo("RUN_CHECK") ? ["--no-check"] : []
    var tests: [MakePlan.Step] = []
    if !run.isEmpty { tests.append(.verb(["test"] + run + ignored + scope() + jobs())) }
    if !rerun.isEmpty { tests.append(.verb(["test", "--rerun"] + rerun + scope() + jobs())) }
    if words.isYes("RUN_CHECK"), tests.isEmpty {
      if ignored.isEmpty {
        check = ["--check"]
      } else {
        tests = [.verb(["test"] + goals() + ignored + scope() + jobs())]
      }
    }
    var build = ["build"] + goals() + words.list("PACKAGE_REBUILD_LIST").flatMap { ["--rebuild", $0] }
    build += self.ignored("PACKAGE_IGNORE_LIST") + scope() + dependents() + check + jobs()
    if words.isNo("USE_PACKAGE_BUILD_CACHE") { build.append("--force") }
    if words.isYes("STOP_ON_PKG_FAIL") { build.append("--stop-on-failure") }
    if words.isSet("PACKAGE_CACHE_SUMMARY") {
      build += ["--from-summary", place(values["PACKAGE_CACHE_SUMMARY"])]
    }
    // CI looks for its lines
    build.append("--summary")
    var steps: [MakePlan.Step] = [.verb(build)]
    steps += tests
    if words.isSet("LICENSE_CHECK_MODE"), values["LICENSE_CHECK_MODE"] != "none" {
      steps.append(.task(.licences, target: "license-check-pkg"))
    }
    return steps
  }

  private func folder(of name: String) -> String {
    String(
      place(values[name]).split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
        separator: "/"))
  }

  /// What is named; else what is in scope.
  private func goals() -> [String] {
    let named =
      words.list("PACKAGE_BUILD_LIST") + (words.isSet("CONFIG_FILE") ? [place(values["CONFIG_FILE"])] : [])
    if !named.isEmpty { return named }
    if words.isSet("PACKAGE_REBUILD_LIST") { return [] }
    return words.isSet("SRPM_PACK_LIST") ? words.list("SRPM_PACK_LIST") : ["--all"]
  }

  private func ignored(_ name: String) -> [String] { words.list(name).flatMap { ["--ignore", $0] } }

  private func scope() -> [String] { words.isNo("DELTA_FETCH") ? ["--from-scratch"] : [] }

  private func dependents() -> [String] {
    let levels = ["EXTRA_BUILD_LAYERS", "MAX_CASCADING_REBUILDS"].compactMap {
      words.values[$0].flatMap(Int.init)
    }
    return levels.max().map { $0 > 0 ? ["--dependents-levels", String($0)] : [] } ?? []
  }

  private func jobs() -> [String] {
    guard let jobs = words.values["CONCURRENT_PACKAGE_BUILDS"].flatMap(Int.init), jobs > 0 else { return [] }
    return ["--jobs", String(jobs)]
  }

  // MARK: other targets

  private func bundle(_ isSaving: Bool, _ kind: String, _ target: String) throws(MakeError) -> [String] {
    if isSaving {
      let name = kind == "cached" ? "cache" : kind
      return ["bundle", "save", kind, "\(values["OUT_DIR"])/\(name).tar.gz"]
    }
    let variable = kind == "cached" ? "CACHED_PACKAGES_ARCHIVE" : "PACKAGE_ARCHIVE"
    guard words.isSet(variable) else {
      throw .missing(target: target, variable: variable, wanted: "<archive>")
    }
    return ["bundle", "load", kind, place(values[variable])]
  }

  private func check(_ task: MakeTask, _ target: String) throws(MakeError) {
    let needed: [String] =
      switch task {
      case .repositoryQuery: ["QUERY_CMD", "QUERY_INPUT_FILE", "QUERY_OUTPUT_FILE"]
      case .licences where target == "license-check": ["LICENSE_CHECK_DIRS"]
      case .licences where target == "license-check-img": ["CONFIG_FILE"]
      default: []
      }
    for name in needed where !words.isSet(name) {
      throw .missing(
        target: target, variable: name, wanted: name == "QUERY_CMD" ? "find-present" : "<path>")
    }
    let isAskingUpstream = task == .repositoryQuery || task == .precache
    if isAskingUpstream, words.isYes("DISABLE_UPSTREAM_REPOS") {
      throw .contradiction(
        target, "DISABLE_UPSTREAM_REPOS=y", because: "it is about what those repositories have")
    }
    let names = words.list("PACKAGE_BUILD_LIST") + words.list("PACKAGE_REBUILD_LIST")
    if task == .architectures, names.isEmpty {
      throw .missing(target: target, variable: "PACKAGE_BUILD_LIST", wanted: "<specs>")
    }
  }

  // MARK: the configuration

  func settings(inTree: (String) -> String?) throws(MakeError) -> [String] {
    var lines: [String] = []
    for variable in MakeVariable.all {
      guard case .key(let key) = variable.verdict, words.isSet(variable.name) else { continue }
      lines += try values(of: variable, inTree).map { "\(key)=\($0)" }
    }
    return lines
  }

  /// What the key gets; a list one by one, nothing where the key stays as it is.
  private func values(
    of variable: MakeVariable, _ inTree: (String) -> String?
  ) throws(MakeError) -> [String] {
    let value = words.values[variable.name] ?? ""
    switch variable.name {
    case "SPECS_DIR":
      guard let folder = inTree(place(value)) else {
        throw .value(name: variable.name, value: value, wanted: "a folder of the tree")
      }
      return [folder]
    case "RELEASE_MINOR_ID":
      return words.isSet("RELEASE_VERSION") ? [] : [values["RELEASE_MAJOR_ID"] + value]
    // upstream says what is left out
    case "DISABLE_UPSTREAM_REPOS", "DISABLE_DEFAULT_REPOS": return [value == "y" ? "false" : "true"]
    case "CLEANUP_PACKAGE_BUILDS": return value == "y" ? ["0"] : []
    case "CCACHE_CONFIG", "WORKER_CHROOT_MANIFEST": return [place(value)]
    default: break
    }
    switch variable.kind {
    case .flag: return [value == "y" ? "true" : "false"]
    case .file: return [place(value)]
    case .files: return MakeWords.list(value).map(place)
    case .list: return MakeWords.list(value)
    case .duration: return [String(MakeDuration.seconds(value) ?? 0)]
    case .number, .text, .choice, .folder: return [value]
    }
  }
}
