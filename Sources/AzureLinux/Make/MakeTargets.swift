extension MakeTarget {
  /// The target of a word, patterns included.
  package static func find(_ word: String) -> MakeTarget? {
    all.first { $0.name == word }
      ?? all.filter { $0.stem(of: word) != nil }.max { $0.name.count < $1.name.count }
  }

  /// Every target of upstream's makefiles.
  package static let all: [MakeTarget] = general + toolchain + packages + reports + image + cleaning

  private static let noTools = "azl-dev is one program; there are no Go tools to make"
  private static let goSources = "it is about the sources of upstream's Go tools"

  private static let general: [MakeTarget] = [
    .init("all", "the base layer of all build roots", .does(.task(.base))),
    .init("help", "targets and variables", .does(.task(.help))),
    .init("printvar-%", "the value of a variable", .does(.task(.variable))),
    .init("printvar-verbose-%", "the value with the name before it", .does(.task(.verboseVariable))),
    .init("printvar-all-vars", "the values of all variables", .does(.task(.allVariables))),
    .init("printvar-verbose-all-vars", "names and values of all", .does(.task(.allVariablesVerbosely))),
    .init("get-version", "RELEASE_VERSION", .does(.task(.variable))),
    .init("get-dist-tag", "DIST_TAG", .does(.task(.variable))),
    .init("get-release-major", "RELEASE_MAJOR_ID", .does(.task(.variable))),
    .init("install-prereqs", "what the machine lacks, with the command that mends it", .does(.doctor)),
    .init("install-prereqs-and-configure", "the same", .does(.doctor)),
    .init("go-tools", "upstream's Go tools", .met(noTools)),
    .init(
      "go-test-coverage", "tests of the Go tools",
      .refused(goSources, next: "make -C toolkit go-test-coverage")),
    .init("go-tidy-all", "tidies the Go modules", .refused(goSources, next: "make -C toolkit go-tidy-all")),
    .init("go-mod-tidy", "tidies the Go modules", .refused(goSources, next: "make -C toolkit go-mod-tidy")),
    .init("go-fmt-all", "formats the Go sources", .refused(goSources, next: "make -C toolkit go-fmt-all")),
    .init("go-%", "one Go tool", .met(noTools)),
    .init(
      "package-toolkit", "the toolkit as an archive",
      .refused("there is no toolkit to pack", next: "copy the two programs azl-dev and azl-rpm-worker")),
  ]

  private static let toolchain: [MakeTarget] = [
    .init("toolchain", "the toolchain's RPMs", .later(.toolchain)),
    .init("raw-toolchain", "the bootstrap toolchain", .later(.toolchain)),
    .init("compress-toolchain", "the toolchain as archives", .later(.toolchain)),
    .init("compress-toolchain-final-rpms", "the toolchain's RPMs as an archive", .later(.toolchain)),
    .init("hydrate-toolchain", "the toolchain from archives", .later(.toolchain)),
    .init("copy-toolchain-rpms", "the toolchain's RPMs among the results", .later(.toolchain)),
    .init("toolchain-input-srpms", "the toolchain's SRPMs", .later(.toolchain)),
    .init(
      "check-manifests",
      "whether specs of the toolchain make what its manifests list, for the tree's architecture",
      .does(.task(.manifests))),
    .init("check-x86_64-manifests", "the same for x86_64", .does(.task(.manifests))),
    .init("check-aarch64-manifests", "the same for aarch64", .does(.task(.manifests))),
    .init("chroot-tools", "the base layer of all build roots", .does(.task(.base))),
    .init(
      "validate-chroot", "whether the RPMs of the worker manifest are verified and need nothing else",
      .does(.task(.validateBase))),
    .init("macro-tools", "the macros with which specs are parsed", .does(.task(.macros))),
  ]

  private static let packages: [MakeTarget] = [
    .init(
      "generate-versions-macros-file", "$(PKGBUILD_DIR)/macros.releaseversions", .does(.task(.versionsMacros))
    ),
    .init(
      "input-srpms",
      "finds and verifies the sources of all specs in scope, and packs them: $(BUILD_SRPMS_DIR)",
      .does(.task(.sources))),
    .init(
      "expand-specs",
      "the spec and sources of each spec in scope, in $(BUILD_SPECS_DIR)/<name-version-release>",
      .does(.task(.expand))),
    .init(
      "parse-specs", "$(PKGBUILD_DIR)/specs.json, as azl-dev specs --json prints it", .does(.task(.specs))),
    .init("parsed-specs", "the same, under the name that upstream's help has", .does(.task(.specs))),
    .init(
      "graph", "$(PKGBUILD_DIR)/graph.dot; specs that need each other are an error", .does(.task(.graph))),
    .init("workplan", "the same", .does(.task(.graph))),
    .init("graph-cache", "what a build would do, with published packages resolved", .does(.plan)),
    .init("graph-preprocessed", "the same", .does(.plan)),
    .init(
      "analyze-built-graph", "what held up most packages in the last build", .does(.task(.blockers))),
    .init("pre-cache", "fetches published packages before builds need them", .does(.task(.precache))),
    .init(
      "repo-query", "which RPMs of $(QUERY_INPUT_FILE) are published, to $(QUERY_OUTPUT_FILE)",
      .does(.task(.repositoryQuery))),
    .init("build-packages", "builds", .does(.build)),
    .init("compress-rpms", "$(OUT_DIR)/rpms.tar.gz", .does(.bundle(save: true, kind: "rpms"))),
    .init("compress-srpms", "$(OUT_DIR)/srpms.tar.gz", .does(.bundle(save: true, kind: "srpms"))),
    .init("compress-cached-rpms", "$(OUT_DIR)/cache.tar.gz", .does(.bundle(save: true, kind: "cached"))),
    .init("hydrate-rpms", "RPMs of $(PACKAGE_ARCHIVE)", .does(.bundle(save: false, kind: "rpms"))),
    .init("hydrate-srpms", "SRPMs of $(PACKAGE_ARCHIVE)", .does(.bundle(save: false, kind: "srpms"))),
    .init(
      "hydrate-cached-rpms", "published RPMs of $(CACHED_PACKAGES_ARCHIVE)",
      .does(.bundle(save: false, kind: "cached"))),
    .init(
      "containerized-rpmbuild", "a shell in the build root of the one spec of SRPM_PACK_LIST", .does(.shell)),
    .init("containerized-rpmbuild-help", "how that shell is used", .does(.task(.shellHelp))),
  ]

  private static let reports: [MakeTarget] = [
    .init("license-check", "licence files of the RPMs in $(LICENSE_CHECK_DIRS)", .does(.task(.licences))),
    .init("license-check-pkg", "the same of what was built here", .does(.task(.licences))),
    .init("license-check-img", "the same of the packages of $(CONFIG_FILE)", .does(.task(.licences))),
    .init(
      "build-summary", "$(BUILD_DIR)/out/sodiff/build-summary.csv: SRPM, tab, its RPMs",
      .does(.task(.summary))),
    .init("print-build-summary", "the same, printed", .does(.task(.summary))),
    .init(
      "built-packages-summary", "$(BUILD_DIR)/out/sodiff/built-packages.txt: RPMs that were built here",
      .does(.task(.builtPackages))),
    .init(
      "fake-built-packages-list", "the same list of every RPM in $(RPMS_DIR)", .does(.task(.presentPackages))),
    .init(
      "sodiff-check", "sonames that what was built here no longer offers, and who is to be built again",
      .does(.task(.sonames))),
    .init(
      "sodiff-repo", "the .repo file that sodiff-check asks",
      .met("sodiff-check asks the repositories of the configuration")),
    .init(
      "sodiff-repo-extended", "the same with more repositories",
      .met("sodiff-check asks the repositories of the configuration")),
    .init(
      "sodiff-setup", "copies keys to the host's /etc/pki/rpm-gpg",
      .met("each repository is verified with its own keys; the host's are not looked at")),
    .init(
      "rpms-snapshot", "$(OUT_DIR)/rpms_snapshot.json: RPMs that the specs make", .does(.task(.snapshot))),
    .init(
      "run-specarchchecker", "which of the named specs can be built for this architecture",
      .does(.task(.architectures))),
  ]

  private static let image: [MakeTarget] = [
    .init(
      "validate-image-config", "checks $(CONFIG_FILE), and the package lists and files that it names",
      .does(.checkImage)),
    .init(
      "image", "the image of $(CONFIG_FILE), after the packages of it that the tree makes",
      .does(.image(.image))),
    .init(
      "fetch-image-packages", "downloads the packages of $(CONFIG_FILE), and lists them in image_deps.json",
      .does(.image(.fetch(external: false)))),
    .init(
      "fetch-external-image-packages",
      "the same of those that no spec of the tree makes, in image_external_deps.json",
      .does(.image(.fetch(external: true)))),
    .init(
      "make-raw-image", "the disk of $(CONFIG_FILE) alone: imagegen/<config>/imager_output/disk0.raw",
      .does(.image(.raw))),
    .init(
      "iso", "the installer of $(CONFIG_FILE), which asks nothing: it wants UNATTENDED_INSTALLER=y",
      .does(.image(.iso))),
    .init("installer-initrd", "the installer's initrd", .met(withISO)),
    .init("initrd", "the same, in upstream's documents only", .met(withISO)),
    .init(
      "meta-user-data", "the cloud-init disk of $(META_USER_DATA_DIR): $(IMAGES_DIR)/meta-user-data.iso",
      .does(.metaUserData)),
  ]

  private static let withISO = "the installer's initrd knows its medium, and is made with it by iso"

  private static let noChroot = "no folder of a tool is kept between two runs"

  private static let cleaning: [MakeTarget] = [
    .init(
      "clean", "all that was built: packages, logs, roots, layers, lists; not what was downloaded",
      .does(
        .remove([
          .packages, .records, .logs, .roots, .layers, .macros, .artifacts, .specs, .srpms, .archives,
          .sourceArchives,
          .licences, .sonames, .snapshot, .images,
        ]))),
    .init("clean-toolchain", "the toolchain", .later(.toolchain)),
    .init("clean-toolchain-rpms", "the toolchain's RPMs", .later(.toolchain)),
    .init("clean-toolchain-containers", "the bootstrap containers", .later(.toolchain)),
    .init("clean-chroot-tools", "layers of build roots", .does(.remove([.layers]))),
    .init("clean-macro-tools", "macros of the tree", .does(.remove([.macros]))),
    .init("clean-go-tools", "the Go tools", .met(noTools)),
    .init("clean-input-srpms", "packed SRPMs", .does(.remove([.srpms]))),
    .init("clean-expand-specs", "what expand-specs wrote", .does(.remove([.specs]))),
    .init("clean-workplan", "specs.json, graph.dot, macros.releaseversions", .does(.remove([.artifacts]))),
    .init("clean-cache", "downloads that no standing build is made of", .does(.collect(kind: "store"))),
    .init("clean-cache-worker", "a tool's chroot", .met(noChroot)),
    .init("clean-grapher-cache-worker", "a tool's chroot", .met(noChroot)),
    .init("clean-spec-parse", "a tool's chroot", .met(noChroot)),
    .init("clean-ccache", "what ccache keeps", .does(.remove([.ccache]))),
    .init(
      "clean-build-packages",
      "packages, logs and the records of finished builds: the next build makes them anew",
      .does(.remove([.packages, .records, .logs, .roots]))),
    .init("clean-build-packages-workers", "roots of failed builds", .does(.remove([.roots]))),
    .init("clean-compress-rpms", "rpms.tar.gz and cache.tar.gz", .does(.remove([.archives]))),
    .init("clean-compress-srpms", "srpms.tar.gz", .does(.remove([.sourceArchives]))),
    .init("clean-precache", "the list of what was fetched", .met("what is there is seen, not listed")),
    .init("clean-repo-query", "a tool's chroot", .met(noChroot)),
    .init("clean-imagegen", "images, and the lists of their packages", .does(.remove([.images]))),
    .init("clean-license-check", "the licence report", .does(.remove([.licences]))),
    .init("clean-sodiff", "reports of sonames and of what was built", .does(.remove([.sonames]))),
    .init("clean-package-toolkit", "the toolkit's archive", .met("there is none")),
    .init("clean-rpms-snapshot", "rpms_snapshot.json", .does(.remove([.snapshot]))),
    .init(
      "clean-variable_depends_on_phony", "records of the last values of variables",
      .met("what a build read is in its trace, and every value counts")),
  ]
}
