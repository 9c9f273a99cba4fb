extension MakeVariable {
  package static func named(_ name: String) -> MakeVariable? { byName[name] }
  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Every variable of upstream's makefiles, by what it is about.
  package static let all: [MakeVariable] =
    roots + identity + toolchain + sources + repositories + packages + tests + archives + reports + image
    + shell + tools + readOnly

  private static func fixed(_ because: String, _ next: String? = nil) -> Verdict {
    .refused(because, next: next)
  }

  private static let inside: Verdict = .refused(
    "azl-dev writes below .azldev only, so that a clean tree stays clean",
    next: "copy what is needed from .azldev/out, or use azl-dev bundle save")
  private static let byContent: Verdict = .refused(
    "what is fetched and made is kept by its content in .azldev/store", next: "azl-dev du shows what there is"
  )
  private static let ofTools: Verdict = .refused(
    "it is a folder of upstream's tools, which azl-dev does not run")
  private static let noEffect: Verdict = .met("it has no effect upstream either")

  // MARK: roots

  private static let roots: [MakeVariable] = [
    .init("PROJECT_ROOT", .folder, "", "the tree", .option("`--tree`")),
    .init(
      "SPECS_DIR", .folder, "$(PROJECT_ROOT)/SPECS", "folder of package directories, in the tree",
      .key("spec_dirs")),
    .init("BUILD_DIR", .text, "$(PROJECT_ROOT)/.azldev", "everything that builds write", inside),
    .init("OUT_DIR", .text, "$(PROJECT_ROOT)/.azldev/out", "results", inside),
    .init("RPMS_DIR", .text, "$(OUT_DIR)/RPMS", "built RPMs", inside),
    .init("SRPMS_DIR", .text, "$(OUT_DIR)/SRPMS", "built SRPMs", inside),
    .init("LOGS_DIR", .text, "$(BUILD_DIR)/logs", "logs", inside),
    .init(
      "PKGBUILD_DIR", .text, "$(OUT_DIR)/pkg_artifacts", "specs.json, graph.dot, macros.releaseversions",
      .option("where parse-specs, graph and generate-versions-macros-file write")),
    .init(
      "BUILD_SPECS_DIR", .text, "$(OUT_DIR)/INTERMEDIATE_SPECS", "what expand-specs unpacks",
      .option("where expand-specs writes")),
    .init(
      "BUILD_SRPMS_DIR", .text, "$(OUT_DIR)/INTERMEDIATE_SRPMS", "packed SRPMs",
      .option("where input-srpms writes")),
    .init("CCACHE_DIR", .text, "$(BUILD_DIR)/store/ccache", "what ccache keeps", byContent),
    .init("CACHED_RPMS_DIR", .text, "$(BUILD_DIR)/store/files", "fetched RPMs", byContent),
    .init("TOOLCHAIN_RPMS_DIR", .text, "$(BUILD_DIR)/store/files", "the toolchain's RPMs", byContent),
    .init("CHROOT_DIR", .text, "$(BUILD_DIR)/store/roots", "build roots", byContent),
    .init("MACRO_DIR", .text, "$(BUILD_DIR)/store/macros", "macros for parsing", byContent),
    .init("RPMRC_DIR", .text, "$(BUILD_DIR)/store/macros", "the same", byContent),
    .init(
      "STATUS_FLAGS_DIR", .text, "", "files whose times say what is up to date",
      .refused("contents decide, never times", next: "azl-dev status says what is up to date")),
    .init(
      "REPO_QUERY_DIR", .text, "", "working folder of repo-query", .refused("repo-query asks in memory")),
    .init(
      "TIMESTAMP_DIR", .text, "", "seconds of each step of the tools",
      .refused("durations are in .azldev/history.jsonl and in the reports of --json")),
    .init("PROFILE_DIR", .text, "", "profiles of the Go tools", ofTools),
    .init("TOOLS_DIR", .text, "", "sources of the Go tools", ofTools),
    .init("TOOL_BINS_DIR", .text, "", "the Go tools", ofTools),
    .init("TOOLKIT_BINS_DIR", .text, "", "the Go tools", ofTools),
    .init("SCRIPTS_DIR", .text, "", "makefiles and scripts", ofTools),
    .init("RESOURCES_DIR", .text, "", "manifests and assets", ofTools),
    .init(
      "MANIFESTS_DIR", .text, "", "manifests",
      .refused(
        "the manifests are named one by one", next: "set TOOLCHAIN_MANIFESTS_DIR or WORKER_CHROOT_MANIFEST")),
    .init(
      "TOOLCHAIN_MANIFESTS_DIR", .folder, "$(PROJECT_ROOT)/toolkit/resources/manifests/package",
      "toolchain and worker manifests", .option("where check-manifests reads them")),
    .init("PKGGEN_DIR", .text, "", "scripts of the worker chroot", ofTools),
    .init(
      "META_USER_DATA_DIR", .folder, "$(PROJECT_ROOT)/toolkit/resources/assets/meta-user-data",
      "cloud-init files", .option("of meta-user-data")),
    .init("IMAGEGEN_DIR", .text, "$(OUT_DIR)/imagegen", "raw disks, and lists of packages of images", inside),
    .init("IMAGES_DIR", .text, "$(OUT_DIR)/images", "images", inside),
  ]

  // MARK: identity

  private static let identity: [MakeVariable] = [
    .init(
      "RELEASE_MAJOR_ID", .text, "", "the release whose repositories are used",
      .refused(
        "the repositories' metadata here are of one release", next: "azl-dev init --release sets up another")),
    .init(
      "RELEASE_MINOR_ID", .text, "", "what follows the release in RELEASE_VERSION, with a dot",
      .key("identity.release_version")),
    .init("RELEASE_VERSION", .text, "", "%distro_release_version", .key("identity.release_version")),
    .init("BUILD_NUMBER", .text, "", "%mariner_build_number", .key("identity.build_number")),
    .init(
      "DIST_NAME_ABRV", .text, "azl", "name of the distribution in macros",
      .refused("specs of this tree ask for the macro azl", next: "DIST_TAG sets the %dist of packages")),
    .init("DIST_TAG", .text, "", "%dist", .key("identity.dist")),
  ]

  // MARK: toolchain

  private static let toolchain: [MakeVariable] =
    [
      ("REBUILD_TOOLCHAIN", Kind.flag, "n", "bootstraps the toolchain"),
      ("INCREMENTAL_TOOLCHAIN", .flag, "n", "goes on with an earlier bootstrap"),
      ("ALLOW_TOOLCHAIN_DOWNLOAD_FAIL", .flag, "n", "builds what cannot be fetched"),
      ("TOOLCHAIN_ARCHIVE", .text, "", "the toolchain's RPMs as an archive"),
      ("TOOLCHAIN_CONTAINER_ARCHIVE", .text, "", "the bootstrap toolchain as an archive"),
      ("CACHE_DIR", .text, "", "where compress-toolchain puts archives"),
      ("UPDATE_TOOLCHAIN_LIST", .flag, "n", "writes the manifest anew"),
      ("CLEAN_TOOLCHAIN_CONTAINERS", .flag, "n", "removes the bootstrap containers"),
      ("QUICK_REBUILD", .flag, "n", "QUICK_REBUILD_TOOLCHAIN and QUICK_REBUILD_PACKAGES"),
      ("QUICK_REBUILD_TOOLCHAIN", .flag, "n", "bootstraps what of the toolchain cannot be fetched"),
      ("DAILY_BUILD_ID", .text, "", "packages and manifests of a daily build"),
      ("DAILY_BUILD_ID_UPDATE_MANIFESTS", .flag, "y", "writes the daily build's manifests into the tree"),
      ("DAILY_BUILD_SKIP_TOOLCHAIN_AUTO_CLEANUP", .flag, "n", "keeps the toolchain of another daily build"),
    ].map { MakeVariable($0.0, $0.1, $0.2, $0.3, .later(.toolchain)) } + [
      .init(
        "TOOLCHAIN_MANIFEST", .file, "$(TOOLCHAIN_MANIFESTS_DIR)/toolchain_$(build_arch).txt",
        "list of the toolchain's RPMs", .key("toolchain.manifest")),
      .init(
        "WORKER_CHROOT_MANIFEST", .file, "", "list of the RPMs that every build root holds",
        .key("toolchain.worker_manifest")),
      .init(
        "REFRESH_WORKER_CHROOT", .flag, "y", "makes the base layer anew when its RPMs change",
        .refused("a base layer is known by its RPMs: there is none that is out of date")),
      .init(
        "VALIDATE_TOOLCHAIN_GPG", .flag, "y", "verifies the toolchain's signatures",
        .refused(
          "every RPM is verified as its repository says", next: "[[repository]] gpgcheck says it of one")),
      .init(
        "TOOLCHAIN_GPG_VALIDATION_KEYS", .list, "", "keys for that",
        .refused("each repository has its own keys", next: "[[repository]] keys names them")),
      .init(
        "ALLOW_TOOLCHAIN_REBUILDS", .flag, "n",
        "lets packages of the toolchain be built again under their names",
        .key("toolchain.allow_rebuilds")),
      .init("TOOLCHAIN_SOURCES_ARCHIVE", .text, "", "none", noEffect),
    ]

  // MARK: sources and repositories

  private static let sources: [MakeVariable] = [
    .init("SOURCE_URL", .list, "", "source servers, asked in order", .key("sources.urls")),
    .init(
      "SOURCE_AUTH_MODE", .choice(["anonymous", "azurecli"]), "anonymous", "how the source server is asked",
      .refused(
        "azl-dev does not log in to Azure", next: "TLS_CERT and TLS_KEY prove who asks a source server")),
    .init(
      "SRPM_PACK_LIST", .list, "", "the specs in scope; all without", .option("goals where no other is named")
    ),
    .init(
      "SRPM_FILE_SIGNATURE_HANDLING", .choice(SignatureHandling.allCases.map(\.rawValue)), "enforce",
      "what source hashes mean", .key("sources.signatures")),
    .init(
      "DOWNLOAD_SRPMS", .flag, "n", "builds published SRPMs instead of packing them",
      .key("sources.download_srpms")),
    .init(
      "SRPM_URL_LIST", .list, "", "servers of published SRPMs",
      .refused(
        "SRPMs come from repositories with signed metadata",
        next: "name a [[repository]] of kind source, or a .repo file in REPO_LIST")),
    .init("ALLOW_SRPM_DOWNLOAD_FAIL", .flag, "n", "none", noEffect),
    .init("CA_CERT", .file, "", "CA certificate for the source servers", .key("sources.ca")),
    .init("TLS_CERT", .file, "", "client certificate for the source servers", .key("sources.cert")),
    .init("TLS_KEY", .file, "", "client key for the source servers", .key("sources.key")),
  ]

  private static let repositories: [MakeVariable] = [
    .init(
      "PACKAGE_URL_LIST", .list, "", "servers of the toolchain's RPMs",
      .refused(
        "packages come from repositories with signed metadata",
        next: "name a [[repository]], or a .repo file in REPO_LIST")),
    .init("REPO_LIST", .files, "", ".repo files", .key("repositories.files")),
    .init("DAILY_BUILD_REPO", .file, "", ".repo file of a daily build", .key("repositories.files")),
    .init("USE_PREVIEW_REPO", .flag, "n", "uses preview repositories", .key("repositories.preview")),
    .init(
      "DISABLE_UPSTREAM_REPOS", .flag, "n", "uses no repository but the toolchain's and what was built here",
      .key("repositories.upstream")),
    .init(
      "DISABLE_DEFAULT_REPOS", .flag, "n", "leaves out packages.microsoft.com", .key("repositories.defaults")),
    .init(
      "REPO_SNAPSHOT_TIME", .number, "", "seconds since 1970: later packages are not there",
      .key("repositories.snapshot_time")),
    .init(
      "HYDRATED_BUILD", .flag, "n", "takes what is in the results for what published packages offer",
      .key("repositories.local")),
    .init("QUERY_CMD", .choice(["find-present"]), "", "what repo-query asks", .option("of repo-query")),
    .init("QUERY_INPUT_FILE", .file, "", "file names of RPMs, one a line", .option("of repo-query")),
    .init("QUERY_OUTPUT_FILE", .text, "", "those of them that are published", .option("of repo-query")),
    .init(
      "PRECACHER_SNAPSHOT", .file, "", "a list of RPMs; without, those of the goals' build roots",
      .option("what pre-cache fetches")),
    .init(
      "PRECACHER_NON_FATAL", .flag, "y", "what cannot be fetched is no error of pre-cache",
      .option("of pre-cache")),
  ]

  // MARK: packages

  private static let packages: [MakeVariable] = [
    .init(
      "PACKAGE_BUILD_LIST", .list, "", "goals: specs or packages", .option("goals of `build` and `plan`")),
    .init(
      "PACKAGE_REBUILD_LIST", .list, "", "goals that are built even if nothing changed",
      .option("`--rebuild`")),
    .init("PACKAGE_IGNORE_LIST", .list, "", "goals that are left out", .option("`--ignore`")),
    .init(
      "EXTRA_BUILD_LAYERS", .number, "0", "so many steps of dependents are goals too",
      .option("`--dependents=N`")),
    .init(
      "MAX_CASCADING_REBUILDS", .number, "", "so many steps of dependents follow what is built again",
      .option("`--dependents=N`")),
    .init(
      "PACKAGE_BUILD_RETRIES", .number, "0", "how often a failed build is tried again", .key("build.retries")),
    .init(
      "PACKAGE_BUILD_TIMEOUT", .duration, "8h", "how long one build may take", .key("build.timeout")),
    .init(
      "CONCURRENT_PACKAGE_BUILDS", .number, "0", "builds at once; 0: as many as processors",
      .option("`--jobs`")),
    .init("MAX_CPU", .number, "", "processors that one build may use", .key("build.jobs")),
    .init(
      "TARGET_ARCH", .text, "$(build_arch)", "architecture to build for",
      .refused("packages are built on a machine of their architecture")),
    .init(
      "USE_PACKAGE_BUILD_CACHE", .flag, "y", "n: builds every goal even if nothing changed",
      .option("n: `--force`")),
    .init(
      "REBUILD_PACKAGES", .flag, "y", "n: an image takes packages as they are", .option("of image")),
    .init(
      "CLEANUP_PACKAGE_BUILDS", .flag, "y",
      "y: roots of failed builds go; n: they stay, those of good builds never do",
      .key("disk.roots")),
    .init(
      "DELTA_BUILD", .flag, "n", "schedules what the goals need and no more",
      .met("the solver knows what the goals need before the first build")),
    .init(
      "DELTA_FETCH", .flag, "n",
      "y, and not set: published packages serve where a spec is unchanged; n: everything that goals need is built",
      .option("n: `--from-scratch`")),
    .init(
      "PRECACHE", .flag, "n", "fetches in parallel before builds",
      .met("packages are fetched in parallel anyway")),
    .init(
      "QUICK_REBUILD_PACKAGES", .flag, "n", "DELTA_BUILD, DELTA_FETCH and PRECACHE",
      .met("published packages serve where a spec is unchanged, unless DELTA_FETCH=n")),
    .init(
      "RESOLVE_CYCLES_FROM_UPSTREAM", .flag, "n", "breaks circles with published packages",
      .met("circles are broken with published packages, and shown with their lines")),
    .init(
      "IGNORE_VERSION_TO_RESOLVE_SELFDEP", .flag, "n", "a spec that needs itself takes any version",
      .refused("a requirement's version always counts", next: "azl-dev plan says what cannot be met")),
    .init(
      "STOP_ON_PKG_FAIL", .flag, "n", "starts nothing more after a failure", .option("`--stop-on-failure`")),
    .init(
      "STOP_ON_FETCH_FAIL", .flag, "n", "builds nothing where one package cannot be fetched",
      .refused(
        "what cannot be fetched fails those that need it and no others",
        next:
          "STOP_ON_PKG_FAIL=y ends at the first failure; azl-dev make pre-cache PRECACHER_NON_FATAL=n fetches first"
      )),
    .init("STOP_ON_WARNING", .flag, "n", "none", noEffect),
    .init("REBUILD_DEP_CHAINS", .flag, "y", "none", noEffect),
    .init("USE_CCACHE", .flag, "n", "compiles through ccache", .key("build.ccache")),
    .init("CCACHE_CONFIG", .file, "", "groups of packages that share one cache", .key("build.ccache_config")),
    .init(
      "EXTRA_MACROS_FILES", .list, "", "macros for every spec",
      .refused(
        "macros are an input of builds and belong to the tree",
        next: "[build] defines, or a macro package of the tree")),
    .init(
      "PACKAGE_CACHE_SUMMARY", .file, "", "puts exactly these RPMs into the results first",
      .option("`--from-summary`")),
  ]

  private static let tests: [MakeVariable] = [
    .init("RUN_CHECK", .flag, "n", "runs %check of the goals", .option("`--check`, `--no-check`")),
    .init("TEST_RUN_LIST", .list, "", "specs whose %check runs after the build", .option("`test`")),
    .init("TEST_RERUN_LIST", .list, "", "the same, verdict known or not", .option("`test --rerun`")),
    .init("TEST_IGNORE_LIST", .list, "", "specs that are not tested", .option("`test --ignore`")),
    .init(
      "CHECK_BUILD_RETRIES", .number, "0", "how often a failed %check is tried again",
      .key("build.check_retries")),
  ]

  private static let archives: [MakeVariable] = [
    .init(
      "PACKAGE_ARCHIVE", .file, "", "archive for hydrate-rpms and hydrate-srpms", .option("`bundle load`")),
    .init(
      "CACHED_PACKAGES_ARCHIVE", .file, "", "archive for hydrate-cached-rpms", .option("`bundle load cached`")
    ),
    .init(
      "ARCHIVE_TOOL", .text, "", "compressor of archives", .met("an archive's name says how it is compressed")
    ),
  ]

  private static let reports: [MakeVariable] = [
    .init(
      "LICENSE_CHECK_MODE", .choice(LicenceCheckMode.allCases.map(\.rawValue)), "none",
      "what a finding about licence files does: nothing is looked for, warnings, errors, warnings are errors",
      .option("license-check, and after build-packages")),
    .init("LICENSE_CHECK_DIRS", .list, "", "folders with RPMs", .option("of license-check")),
    .init(
      "LICENSE_CHECK_EXCEPTION_FILE", .file, "$(TOOLCHAIN_MANIFESTS_DIR)/license_file_exceptions.json",
      "files that are not looked at", .option("of license-check")),
    .init(
      "LICENSE_CHECK_NAME_FILE", .file, "$(TOOLCHAIN_MANIFESTS_DIR)/license_file_names.json",
      "names that licence files have", .option("of license-check")),
    .init(
      "NUM_OF_ANALYTICS_RESULTS", .number, "10", "lines of analyze-built-graph; 0: all",
      .option("of analyze-built-graph")),
    .init(
      "LOG_LEVEL", .choice(["panic", "fatal", "error", "warn", "info", "debug", "trace"]), "info",
      "how much the tools log", .met("the terminal gets a line per event, and each build's log is whole")),
    .init(
      "LOG_COLOR", .choice(["auto", "never"]), "auto", "colours on the terminal; always is not to be had",
      .option("never: `NO_COLOR`")),
  ]

  private static let image: [MakeVariable] = [

    .init(
      "CONFIG_FILE", .file, "", "an image configuration: its packages are goals",
      .option("goal of `build`, and what validate-image-config checks")),
    .init(
      "CONFIG_BASE_DIR", .folder, "", "where paths in it start; without, its own folder",
      .option("of validate-image-config, image and the other targets of images")),
    .init("IMAGE_TAG", .text, "", "part of the image's name", .option("`image build --tag`")),
    .init("BUILD_ID", .text, "", "noted in the image", .option("`image build --build-id`")),
    .init(
      "VALIDATE_IMAGE_GPG", .flag, "n", "verifies what goes into the image",
      .met("every package is verified when it comes, by the keys of its repository")),
    .init(
      "IMAGE_GPG_VALIDATION_KEYS", .list, "", "keys for that",
      .refused("each repository has its own keys", next: "[[repository]] keys names them")),
    .init(
      "UNATTENDED_INSTALLER", .flag, "", "installs without questions; iso makes no installer that asks",
      .option("of iso")),
    .init("SSH_KEY_FILE", .file, "", "key of who may log in", .option("`image meta-user-data --ssh-key`")),
    .init(
      "IMAGE_CACHE_SUMMARY", .file, "", "exactly these packages in the image",
      .option("`image build --from-summary`")),
    .init(
      "INITRD_CACHE_SUMMARY", .file, "", "exactly these packages in the installer",
      .option("`image iso --installer-summary`")),
  ]

  // MARK: the shell, and tools

  private static let shell: [MakeVariable] = [
    .init(
      "MODE", .choice(["build", "test"]), "build", "container to build in, or with the built packages in it",
      .refused("packages are tried out in an image", next: "azl-dev boot, or azl-dev test for %check")),
    .init("REPO_PATH", .folder, "", "the tree", .option("`--tree`")),
    .init(
      "VERSION", .text, "$(RELEASE_MAJOR_ID)", "release of the container",
      .refused("a build root is of the tree's release", next: "azl-dev init --release sets up another")),
    .init(
      "MOUNTS", .list, "", "folders of the host in the container",
      .refused("nothing of the host gets into a build root", next: "copy files into the package directory")),
    .init(
      "BUILD_MOUNT", .text, "", "host folder for BUILD and BUILDROOT",
      .refused(
        "nothing of the host gets into a build root",
        next: "azl-dev shell <package> --failed looks into a kept one")),
    .init(
      "EXTRA_PACKAGES", .list, "", "packages besides the spec's own",
      .refused("a build root holds what the spec asks for", next: "add a BuildRequires line to the spec")),
    .init("ENABLE_REPO", .flag, "n", "takes packages that were built here", .key("repositories.local")),
    .init(
      "KEEP_CONTAINER", .flag, "n", "keeps the container",
      .refused(
        "a shell's root goes with it",
        next: "roots of failed builds are kept: azl-dev shell <package> --failed")),
    .init("QUIET", .flag, "n", "no progress", .met("progress goes to standard error")),
  ]

  private static let tools: [MakeVariable] =
    [
      ("REBUILD_TOOLS", "makes the Go tools"), ("BUILD_TOOLS_NONPROD", "makes them for debugging"),
    ].map {
      MakeVariable($0.0, .flag, "n", $0.1, .met("azl-dev is one program; there are no Go tools to make"))
    }
    + [
      ("ENABLE_CPU_PROFILE", "profiles the Go tools"), ("ENABLE_MEM_PROFILE", "the same for memory"),
      ("ENABLE_TRACE", "traces the Go tools"),
    ].map {
      MakeVariable(
        $0.0, .flag, "n", $0.1,
        .refused("there are no Go tools to profile", next: "--json reports have the seconds of each step"))
    }

  /// What scripts ask of `printvar`, and nobody sets.
  private static let readOnly: [MakeVariable] = [
    .init("build_arch", .text, "", "architecture of the tree", .refused("it is asked for, never set")),
    .init(
      "toolchain_spec_list", .list, "", "specs of the toolchain", .refused("it is asked for, never set")),
    .init(
      "DIST_VERSION_MACRO", .text, "", "the distribution's macro", .refused("it is asked for, never set")),
  ]
}
