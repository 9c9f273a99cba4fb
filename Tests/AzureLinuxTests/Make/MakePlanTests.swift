import Testing

@testable import AzureLinux

/// What command lines come to, word for word.
@Suite struct MakePlanTests {
  private static let known = [
    "PROJECT_ROOT": "/tree", "build_arch": "x86_64", "RELEASE_MAJOR_ID": "3.0", "DIST_TAG": ".azl3",
    "SRPM_FILE_SIGNATURE_HANDLING": "enforce",
  ]

  private struct Outcome {
    var plan: MakePlan
    var notes: [String]
  }

  private func outcome(_ words: [String], missing: Set<String> = []) throws -> Outcome {
    let words = try MakeWords(words)
    let values = MakeValues(given: words.values, known: Self.known)
    let notes = try words.check(values) { !missing.contains($0) }
    return Outcome(
      plan: try MakePlan(
        words, values: values, place: { $0.hasPrefix("/") ? $0 : "/here/" + $0 },
        inTree: { $0.hasPrefix("/tree/") ? String($0.dropFirst(6)) : nil }), notes: notes)
  }

  /// Without the last word of every build, by which CI's lines are printed.
  private func verbs(_ words: String...) throws -> [[String]] { try verbs(words) }

  private func verbs(_ words: [String]) throws -> [[String]] {
    try outcome(words).plan.steps.map { step in
      guard case .verb(let words) = step else { return ["?"] }
      guard words.first == "build" else { return words }
      #expect(words.last == "--summary")
      return words.dropLast()
    }
  }

  private func error(_ words: String..., missing: Set<String> = []) -> MakeError? {
    do {
      _ = try outcome(words, missing: missing)
      return nil
    } catch { return error as? MakeError }
  }

  @Test func imageConfigurationsAreChecked() throws {
    #expect(
      try verbs("validate-image-config", "CONFIG_FILE=i/a.json") == [["image", "check", "/here/i/a.json"]])
    #expect(
      try verbs("validate-image-config", "CONFIG_FILE=i/a.json", "CONFIG_BASE_DIR=/base") == [
        ["image", "check", "/here/i/a.json", "--base-dir", "/base"]
      ])
    #expect(
      error("validate-image-config")
        == .missing(
          target: "validate-image-config", variable: "CONFIG_FILE", wanted: "<image configuration>"))
    #expect(
      error("validate-image-config", "CONFIG_FILE=a.json", "CONFIG_BASE_DIR=none", missing: ["none"])
        == .value(name: "CONFIG_BASE_DIR", value: "none", wanted: "a folder that is there"))
  }

  @Test func installersAndRawDisksComeAfterTheirPackages() throws {
    let iso = ["iso", "CONFIG_FILE=i/a.json", "REBUILD_PACKAGES=n"]
    #expect(
      error("iso", "CONFIG_FILE=i/a.json")
        == .refusedTarget(
          "iso", because: "an attended installer, one that asks, is not supported yet",
          next: "UNATTENDED_INSTALLER=y makes one that asks nothing"))
    #expect(
      try verbs(
        iso + ["UNATTENDED_INSTALLER=y", "IMAGE_TAG=t", "IMAGE_CACHE_SUMMARY=s", "INITRD_CACHE_SUMMARY=/j"])
        == [
          [
            "image", "iso", "/here/i/a.json", "--from-summary", "/here/s", "--installer-summary", "/j",
            "--tag", "t",
          ]
        ])
    #expect(
      try verbs("make-raw-image", "CONFIG_FILE=i/a.json", "BUILD_ID=7") == [
        ["build", "/here/i/a.json"], ["image", "build", "--raw", "/here/i/a.json", "--build-id", "7"],
      ])
    #expect(
      try verbs("fetch-image-packages", "CONFIG_FILE=i/a.json", "IMAGE_CACHE_SUMMARY=s", "IMAGE_TAG=t") == [
        ["build", "/here/i/a.json"], ["image", "fetch", "/here/i/a.json", "--from-summary", "/here/s"],
      ])
    #expect(
      try verbs("fetch-external-image-packages", "CONFIG_FILE=i/a.json") == [
        ["image", "fetch", "--external", "/here/i/a.json"]
      ])
    for target in ["iso", "make-raw-image", "fetch-image-packages", "license-check-img"] {
      #expect(
        error(target)?.message == "\(target) needs CONFIG_FILE=<image configuration>" || target.hasPrefix("l")
      )
    }
    #expect(
      error("license-check-img")
        == .missing(target: "license-check-img", variable: "CONFIG_FILE", wanted: "<path>"))
  }

  @Test func theCloudInitDiskHasAKeyAndCertificates() throws {
    #expect(
      try verbs("meta-user-data") == [
        ["image", "meta-user-data", "/tree/toolkit/resources/assets/meta-user-data"]
      ])
    let words = ["meta-user-data", "META_USER_DATA_DIR=d", "SSH_KEY_FILE=k.pub", "TLS_CERT=c", "TLS_KEY=k"]
    #expect(
      try verbs(words) == [["image", "meta-user-data", "/here/d", "--ssh-key", "/here/k.pub"]])
    #expect(
      try verbs(words + ["CA_CERT=a"]) == [
        [
          "image", "meta-user-data", "/here/d", "--ssh-key", "/here/k.pub", "--cert", "/here/c", "--key",
          "/here/k",
          "--ca", "/here/a",
        ]
      ])
  }

  @Test func imagesComeAfterTheirPackages() throws {
    #expect(
      try verbs("image", "CONFIG_FILE=i/a.json", "IMAGE_TAG=t", "BUILD_ID=7", "CONFIG_BASE_DIR=/base") == [
        ["build", "/here/i/a.json"],
        ["image", "build", "/here/i/a.json", "--base-dir", "/base", "--tag", "t", "--build-id", "7"],
      ])
    #expect(
      try verbs("image", "CONFIG_FILE=i/a.json", "REBUILD_PACKAGES=n") == [
        ["image", "build", "/here/i/a.json"]
      ])
    #expect(
      error("image") == .missing(target: "image", variable: "CONFIG_FILE", wanted: "<image configuration>"))
  }

  @Test func goals() throws {
    #expect(try verbs("build-packages") == [["build", "--all"]])
    #expect(try verbs("build-packages", "SRPM_PACK_LIST= lz4  zip ") == [["build", "lz4", "zip"]])
    #expect(
      try verbs("build-packages", "SRPM_PACK_LIST=lz4 zip", "PACKAGE_BUILD_LIST=zip") == [["build", "zip"]])
    #expect(
      try verbs("build-packages", "SRPM_PACK_LIST=lz4 zip", "PACKAGE_REBUILD_LIST=lz4") == [
        ["build", "--rebuild", "lz4"]
      ])
    #expect(
      try verbs("build-packages", "PACKAGE_BUILD_LIST=zip", "PACKAGE_IGNORE_LIST=lz4 sed") == [
        ["build", "zip", "--ignore", "lz4", "--ignore", "sed"]
      ])
    #expect(try verbs("build-packages", "CONFIG_FILE=a.json") == [["build", "/here/a.json"]])
    #expect(
      try verbs("build-packages", "CONFIG_FILE=i/a.json", "CONFIG_BASE_DIR=/here/i") == [
        ["build", "/here/i/a.json"]
      ])
    #expect(
      error("build-packages", "CONFIG_FILE=i/a.json", "CONFIG_BASE_DIR=/here")
        == .refusedVariable(
          name: "CONFIG_BASE_DIR", value: "/here",
          because: "package lists of a configuration that is a goal lie beside it",
          next: "leave it out, or name the image: azl-dev make image"))
    #expect(
      try verbs("build-packages", "PACKAGE_BUILD_LIST=zip", "PACKAGE_BUILD_LIST=") == [["build", "--all"]])
    #expect(try verbs("graph-cache", "PACKAGE_REBUILD_LIST=lz4") == [["plan", "lz4"]])
  }

  @Test func tests() throws {
    #expect(
      try verbs("build-packages", "SRPM_PACK_LIST=zip", "RUN_CHECK=y") == [["build", "zip", "--check"]])
    #expect(
      try verbs("build-packages", "SRPM_PACK_LIST=zip", "RUN_CHECK=n") == [["build", "zip", "--no-check"]])
    #expect(
      try verbs("build-packages", "SRPM_PACK_LIST=zip", "TEST_RUN_LIST=lz4", "TEST_RERUN_LIST=sed") == [
        ["build", "zip"], ["test", "lz4"], ["test", "--rerun", "sed"],
      ])
    #expect(
      try verbs("build-packages", "SRPM_PACK_LIST=zip sed", "RUN_CHECK=y", "TEST_IGNORE_LIST=sed") == [
        ["build", "zip", "sed"], ["test", "zip", "sed", "--ignore", "sed"],
      ])
    #expect(
      error("build-packages", "RUN_CHECK=n", "TEST_RUN_LIST=zip")
        == .contradiction("TEST_RUN_LIST", "RUN_CHECK=n", because: "one wants tests and the other none"))
    #expect(error("build-packages", "TEST_RERUN_LIST=a b", "TEST_IGNORE_LIST=b") != nil)
  }

  /// What every variable that is honoured does to a call; the table is the proof that none is forgotten.
  @Test func everyHonouredVariableDoesSomething() throws {
    let zip = "PACKAGE_BUILD_LIST=zip"
    let build = ["build", "zip"]
    // name: words besides, what the verb gets, what the configuration gets
    let samples: [String: (words: [String], verb: [String]?, settings: [String])] = [
      "PROJECT_ROOT": (["PROJECT_ROOT=/tree"], build, []),
      "REPO_PATH": (["REPO_PATH=/tree"], build, []),
      "SPECS_DIR": (["SPECS_DIR=/tree/SPECS-EXTENDED"], build, ["spec_dirs=SPECS-EXTENDED"]),
      "RELEASE_VERSION": (["RELEASE_VERSION=3.0.7"], build, ["identity.release_version=3.0.7"]),
      "RELEASE_MINOR_ID": (["RELEASE_MINOR_ID=.8"], build, ["identity.release_version=3.0.8"]),
      "BUILD_NUMBER": (["BUILD_NUMBER=abc"], build, ["identity.build_number=abc"]),
      "DIST_TAG": (["DIST_TAG=.azl9"], build, ["identity.dist=.azl9"]),
      "WORKER_CHROOT_MANIFEST": (["WORKER_CHROOT_MANIFEST=w"], build, ["toolchain.worker_manifest=/here/w"]),
      "SOURCE_URL": (["SOURCE_URL=a b"], build, ["sources.urls=a", "sources.urls=b"]),
      "SRPM_FILE_SIGNATURE_HANDLING": (
        ["SRPM_FILE_SIGNATURE_HANDLING=update"], build, ["sources.signatures=update"]
      ),
      "DOWNLOAD_SRPMS": (["DOWNLOAD_SRPMS=y"], build, ["sources.download_srpms=true"]),
      "CA_CERT": (["CA_CERT=c"], build, ["sources.ca=/here/c"]),
      "TLS_CERT": (["TLS_CERT=/c"], build, ["sources.cert=/c"]),
      "TLS_KEY": (["TLS_KEY=k"], build, ["sources.key=/here/k"]),
      "REPO_LIST": (["REPO_LIST=a /b"], build, ["repositories.files=/here/a", "repositories.files=/b"]),
      "DAILY_BUILD_REPO": (["DAILY_BUILD_REPO=d"], build, ["repositories.files=/here/d"]),
      "USE_PREVIEW_REPO": (["USE_PREVIEW_REPO=y"], build, ["repositories.preview=true"]),
      "DISABLE_UPSTREAM_REPOS": (["DISABLE_UPSTREAM_REPOS=y"], build, ["repositories.upstream=false"]),
      "DISABLE_DEFAULT_REPOS": (["DISABLE_DEFAULT_REPOS=y"], build, ["repositories.defaults=false"]),
      "REPO_SNAPSHOT_TIME": (["REPO_SNAPSHOT_TIME=7"], build, ["repositories.snapshot_time=7"]),
      "HYDRATED_BUILD": (["HYDRATED_BUILD=y"], build, ["repositories.local=true"]),
      "ENABLE_REPO": (["ENABLE_REPO=y"], build, ["repositories.local=true"]),
      "SRPM_PACK_LIST": (["PACKAGE_BUILD_LIST=", "SRPM_PACK_LIST=lz4"], ["build", "lz4"], []),
      "PACKAGE_BUILD_LIST": ([], build, []),
      "PACKAGE_REBUILD_LIST": (["PACKAGE_REBUILD_LIST=lz4"], build + ["--rebuild", "lz4"], []),
      "PACKAGE_IGNORE_LIST": (["PACKAGE_IGNORE_LIST=lz4"], build + ["--ignore", "lz4"], []),
      "EXTRA_BUILD_LAYERS": (["EXTRA_BUILD_LAYERS=2"], build + ["--dependents-levels", "2"], []),
      "MAX_CASCADING_REBUILDS": (["MAX_CASCADING_REBUILDS=1"], build + ["--dependents-levels", "1"], []),
      "PACKAGE_BUILD_RETRIES": (["PACKAGE_BUILD_RETRIES=2"], build, ["build.retries=2"]),
      "CHECK_BUILD_RETRIES": (["CHECK_BUILD_RETRIES=3"], build, ["build.check_retries=3"]),
      "PACKAGE_BUILD_TIMEOUT": (["PACKAGE_BUILD_TIMEOUT=1h30m"], build, ["build.timeout=5400"]),
      "CONCURRENT_PACKAGE_BUILDS": (["CONCURRENT_PACKAGE_BUILDS=3"], build + ["--jobs", "3"], []),
      "MAX_CPU": (["MAX_CPU=1"], build, ["build.jobs=1"]),
      "USE_PACKAGE_BUILD_CACHE": (["USE_PACKAGE_BUILD_CACHE=n"], build + ["--force"], []),
      "CLEANUP_PACKAGE_BUILDS": (["CLEANUP_PACKAGE_BUILDS=y"], build, ["disk.roots=0"]),
      "DELTA_FETCH": (["DELTA_FETCH=n"], build + ["--from-scratch"], []),
      "STOP_ON_PKG_FAIL": (["STOP_ON_PKG_FAIL=y"], build + ["--stop-on-failure"], []),
      "USE_CCACHE": (["USE_CCACHE=y"], build, ["build.ccache=true"]),
      "TOOLCHAIN_MANIFEST": (
        ["TOOLCHAIN_MANIFEST=/tree/list.txt"], build, ["toolchain.manifest=/tree/list.txt"]
      ),
      "ALLOW_TOOLCHAIN_REBUILDS": (
        ["ALLOW_TOOLCHAIN_REBUILDS=y"], build, ["toolchain.allow_rebuilds=true"]
      ),
      "CCACHE_CONFIG": (["CCACHE_CONFIG=c.json"], build, ["build.ccache_config=/here/c.json"]),
      "PACKAGE_CACHE_SUMMARY": (["PACKAGE_CACHE_SUMMARY=s"], build + ["--from-summary", "/here/s"], []),
      "RUN_CHECK": (["RUN_CHECK=y"], build + ["--check"], []),
      "CONFIG_FILE": (["CONFIG_FILE=i.json"], ["build", "zip", "/here/i.json"], []),
    ]
    for (name, sample) in samples {
      let plan = try outcome(["build-packages", zip] + sample.words).plan
      #expect(plan.steps.first == sample.verb.map { .verb($0 + ["--summary"]) }, "\(name)")
      #expect(plan.settings == sample.settings, "\(name)")
    }
    // those that tests and tasks have, and those that hold anyway
    let others: [String: [String]] = [
      "TEST_RUN_LIST": ["test", "lz4"], "TEST_RERUN_LIST": ["test", "--rerun", "lz4"],
    ]
    for (name, verb) in others {
      #expect(try outcome(["build-packages", zip, "\(name)=lz4"]).plan.steps.last == .verb(verb), "\(name)")
    }
    let ignored = try outcome(["build-packages", zip, "TEST_RUN_LIST=lz4", "TEST_IGNORE_LIST=sed"])
    #expect(ignored.plan.steps.last == .verb(["test", "lz4", "--ignore", "sed"]))
    let licences = try outcome(["build-packages", zip, "LICENSE_CHECK_MODE=warn"]).plan
    #expect(licences.steps.last == .task(.licences, target: "license-check-pkg"))
    let hydrated = try outcome([
      "hydrate-rpms", "hydrate-cached-rpms", "PACKAGE_ARCHIVE=p", "CACHED_PACKAGES_ARCHIVE=/c",
    ])
    #expect(
      hydrated.plan.steps == [
        .verb(["bundle", "load", "rpms", "/here/p"]), .verb(["bundle", "load", "cached", "/c"]),
      ])
    // tested through the command: they say where a task reads or writes
    let ofTasks: Set = [
      "PKGBUILD_DIR", "BUILD_SPECS_DIR", "BUILD_SRPMS_DIR", "TOOLCHAIN_MANIFESTS_DIR",
      "QUERY_CMD",
      "QUERY_INPUT_FILE", "QUERY_OUTPUT_FILE", "PRECACHER_SNAPSHOT", "PRECACHER_NON_FATAL",
      "LICENSE_CHECK_DIRS",
      "LICENSE_CHECK_EXCEPTION_FILE", "LICENSE_CHECK_NAME_FILE", "NUM_OF_ANALYTICS_RESULTS", "LOG_COLOR",
    ]
    let met = Set(MakeVariable.all.filter { if case .met = $0.verdict { true } else { false } }.map(\.name))
    let covered = Set(samples.keys).union(others.keys).union(ofTasks).union(met).union([
      "CONFIG_BASE_DIR", "TEST_IGNORE_LIST", "LICENSE_CHECK_MODE", "PACKAGE_ARCHIVE",
      "CACHED_PACKAGES_ARCHIVE", "IMAGE_TAG", "BUILD_ID", "REBUILD_PACKAGES", "UNATTENDED_INSTALLER",
      "SSH_KEY_FILE", "IMAGE_CACHE_SUMMARY", "INITRD_CACHE_SUMMARY", "META_USER_DATA_DIR",
    ])
    #expect(covered == Set(MakeVariable.all.filter(\.isHonoured).map(\.name)))
  }

  @Test func whatHoldsAnywayIsTold() throws {
    let told = try outcome(["build-packages", "REBUILD_TOOLS=y", "DELTA_BUILD=y", "PRECACHE=n"])
    #expect(told.notes.count == 2)
    #expect(told.notes.contains { $0.hasPrefix("REBUILD_TOOLS=y: azl-dev is one program") })
    #expect(try outcome(["go-tools"]).plan.steps.isEmpty)
    #expect(try outcome(["go-tools"]).notes.first?.hasPrefix("go-tools: ") == true)
    for target in MakeTarget.all {
      guard case .met(let because) = target.verdict else { continue }
      let word = target.name.replacing("%", with: "scheduler")
      let held = try outcome([word])
      #expect(held.plan.steps.isEmpty && held.notes == ["\(word): \(because)"], "\(word)")
    }
    // none of these changes what a call comes to
    let plain = try outcome(["build-packages"]).plan
    for variable in MakeVariable.all {
      guard case .met(let because) = variable.verdict else { continue }
      let value =
        switch variable.kind {
        case .flag: variable.fallback == "y" ? "n" : "y"
        case .choice(let names): names.first { $0 != variable.fallback } ?? ""
        default: "something"
        }
      let held = try outcome(["build-packages", "\(variable.name)=\(value)"])
      #expect(held.plan == plain, "\(variable.name)")
      #expect(held.notes == ["\(variable.name)=\(value): \(because)"], "\(variable.name)")
    }
  }

  /// Every variable that is refused or comes later is, by name; its default is not.
  @Test func refusals() throws {
    for variable in MakeVariable.all where !variable.isHonoured {
      let (name, fallback) = (variable.name, MakeValues(known: Self.known).fallback(of: variable.name))
      let value =
        switch variable.kind {
        case .flag: fallback == "y" ? "n" : "y"
        case .number: "7"
        case .choice(let names): names.last ?? ""
        case .duration: "7s"
        default: "/somewhere"
        }
      let found = error("build-packages", "\(name)=\(value)")
      #expect(found?.message.contains(name) == true, "\(name)")
      #expect(found?.exitCode == .invalidInput)
      #expect(error("build-packages", "\(name)=\(fallback)") == nil, "\(name)=\(fallback)")
      #expect(error("build-packages", "\(name)=") == nil, "\(name)=")
    }
    for target in MakeTarget.all where !target.name.hasSuffix("%") {
      switch target.verdict {
      case .refused, .later: #expect(error(target.name)?.message.contains(target.name) == true)
      case .does, .met: break
      }
    }
    #expect(error("build-packages", "OUT_DIR=/elsewhere")?.nextStep?.contains("bundle save") == true)
    #expect(error("build-packages", "OUT_DIR=/tree/.azldev/out/") == nil)
    #expect(error("build-packages", "TARGET_ARCH=x86_64") == nil)
  }

  @Test func valuesAreLookedAt() {
    #expect(
      error("build-packages", "RUN_CHECK=yes") == .value(name: "RUN_CHECK", value: "yes", wanted: "y or n"))
    #expect(error("build-packages", "MAX_CPU=-1")?.message.contains("a number, 0 or more") == true)
    #expect(error("build-packages", "PACKAGE_BUILD_TIMEOUT=8")?.message.contains("8h") == true)
    #expect(
      error("build-packages", "SRPM_FILE_SIGNATURE_HANDLING=ignore")?.message.contains("enforce, skip")
        == true)
    #expect(
      error("build-packages", "CA_CERT=none", missing: ["none"])?.message.contains("a file that is there")
        == true)
    #expect(
      error("build-packages", "REPO_LIST=a b", missing: ["b"])?.message.contains("\"b\" is not") == true)
    #expect(error("build-packages", "SPECS_DIR=/other")?.message.contains("a folder of the tree") == true)
    #expect(
      error("build-packages", "PACKAGE_BUILD_LIST=zip --force")?.message.contains("\"--force\" is none")
        == true)
    #expect(
      error("hydrate-rpms")
        == .missing(target: "hydrate-rpms", variable: "PACKAGE_ARCHIVE", wanted: "<archive>"))
    #expect(error("license-check")?.message == "license-check needs LICENSE_CHECK_DIRS=<path>")
    #expect(error("pre-cache", "DISABLE_UPSTREAM_REPOS=y") != nil)
    #expect(
      MakeDuration.seconds("1h2m3s") == 3723 && MakeDuration.seconds("5") == nil
        && MakeDuration.seconds("") == nil)
  }

  @Test func unknownNamesHaveNearOnes() {
    #expect(
      error("build-packages", "SRPM_PAK_LIST=zip")?.nextStep?.hasPrefix("did you mean SRPM_PACK_LIST") == true
    )
    #expect(error("build-package")?.nextStep?.contains("build-packages") == true)
    #expect(error("build-packages", "--keep-going") == .option("--keep-going"))
    #expect(error("build-packages", "-j4", "-s", "--no-print-directory") == nil)
  }

  @Test func whatBlockedMost() {
    let csv = """
      Package,State,Blocker,IsTest
      a-1.src.rpm,Failed,,0
      b-1.src.rpm,Failed,a-1.src.rpm-FAIL ,0
      c-1.src.rpm,Failed,a-1.src.rpm-FAIL b-1.src.rpm-UNBUILT ,0

      """
    #expect(
      BuildState.blockers(inCSV: csv) == [
        .init(srpm: "a-1.src.rpm", hasFailed: true, blocks: ["b-1.src.rpm", "c-1.src.rpm"]),
        .init(srpm: "b-1.src.rpm", hasFailed: false, blocks: ["c-1.src.rpm"]),
      ])
  }
}
