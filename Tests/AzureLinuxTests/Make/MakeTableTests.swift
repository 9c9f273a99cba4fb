import Testing

@testable import AzureLinux

/// The tables of targets and variables: all of upstream's are there, and each says what becomes of it.
@Suite struct MakeTableTests {
  /// As upstream's makefiles define them.
  private static let targets = """
    all help printvar-% printvar-verbose-% printvar-all-vars printvar-verbose-all-vars get-version get-dist-tag
    get-release-major toolchain raw-toolchain check-manifests check-x86_64-manifests check-aarch64-manifests
    compress-toolchain compress-toolchain-final-rpms hydrate-toolchain copy-toolchain-rpms chroot-tools validate-chroot
    macro-tools go-tools go-% go-test-coverage go-tidy-all go-mod-tidy go-fmt-all generate-versions-macros-file
    input-srpms toolchain-input-srpms expand-specs parse-specs parsed-specs graph workplan graph-cache
    graph-preprocessed analyze-built-graph pre-cache repo-query build-packages compress-rpms compress-srpms
    compress-cached-rpms hydrate-rpms hydrate-srpms hydrate-cached-rpms validate-image-config fetch-image-packages
    fetch-external-image-packages make-raw-image image initrd installer-initrd iso meta-user-data license-check
    license-check-pkg license-check-img build-summary built-packages-summary fake-built-packages-list sodiff-repo
    sodiff-repo-extended sodiff-setup sodiff-check rpms-snapshot run-specarchchecker print-build-summary
    containerized-rpmbuild containerized-rpmbuild-help package-toolkit install-prereqs install-prereqs-and-configure
    clean clean-toolchain clean-toolchain-rpms clean-toolchain-containers clean-chroot-tools clean-macro-tools
    clean-go-tools clean-input-srpms clean-expand-specs clean-workplan clean-cache clean-cache-worker
    clean-grapher-cache-worker clean-spec-parse clean-ccache clean-build-packages clean-build-packages-workers
    clean-compress-rpms clean-compress-srpms clean-precache clean-repo-query clean-imagegen clean-license-check
    clean-sodiff clean-package-toolkit clean-rpms-snapshot clean-variable_depends_on_phony
    """
  private static let variables = """
    PROJECT_ROOT BUILD_DIR OUT_DIR SPECS_DIR CCACHE_DIR TOOLS_DIR TOOL_BINS_DIR TOOLKIT_BINS_DIR SCRIPTS_DIR
    RESOURCES_DIR MANIFESTS_DIR TOOLCHAIN_MANIFESTS_DIR PKGGEN_DIR META_USER_DATA_DIR LOGS_DIR PKGBUILD_DIR
    CACHED_RPMS_DIR REPO_QUERY_DIR BUILD_SRPMS_DIR BUILD_SPECS_DIR MACRO_DIR RPMRC_DIR STATUS_FLAGS_DIR CHROOT_DIR
    IMAGEGEN_DIR TOOLCHAIN_RPMS_DIR TIMESTAMP_DIR PROFILE_DIR RPMS_DIR SRPMS_DIR IMAGES_DIR RELEASE_MAJOR_ID
    RELEASE_MINOR_ID RELEASE_VERSION BUILD_NUMBER DIST_NAME_ABRV DIST_TAG REBUILD_TOOLCHAIN INCREMENTAL_TOOLCHAIN
    ALLOW_TOOLCHAIN_DOWNLOAD_FAIL TOOLCHAIN_ARCHIVE TOOLCHAIN_CONTAINER_ARCHIVE CACHE_DIR TOOLCHAIN_MANIFEST
    WORKER_CHROOT_MANIFEST UPDATE_TOOLCHAIN_LIST CLEAN_TOOLCHAIN_CONTAINERS REFRESH_WORKER_CHROOT
    VALIDATE_TOOLCHAIN_GPG TOOLCHAIN_GPG_VALIDATION_KEYS ALLOW_TOOLCHAIN_REBUILDS SOURCE_URL SOURCE_AUTH_MODE
    PACKAGE_URL_LIST SRPM_URL_LIST REPO_LIST CA_CERT TLS_CERT TLS_KEY DAILY_BUILD_ID DAILY_BUILD_REPO
    DAILY_BUILD_ID_UPDATE_MANIFESTS DAILY_BUILD_SKIP_TOOLCHAIN_AUTO_CLEANUP USE_PREVIEW_REPO DISABLE_UPSTREAM_REPOS
    DISABLE_DEFAULT_REPOS REPO_SNAPSHOT_TIME SRPM_PACK_LIST SRPM_FILE_SIGNATURE_HANDLING DOWNLOAD_SRPMS
    PACKAGE_BUILD_LIST PACKAGE_REBUILD_LIST PACKAGE_IGNORE_LIST TEST_RUN_LIST TEST_RERUN_LIST TEST_IGNORE_LIST
    RUN_CHECK EXTRA_BUILD_LAYERS MAX_CASCADING_REBUILDS PACKAGE_BUILD_RETRIES CHECK_BUILD_RETRIES
    PACKAGE_BUILD_TIMEOUT CONCURRENT_PACKAGE_BUILDS MAX_CPU TARGET_ARCH USE_PACKAGE_BUILD_CACHE REBUILD_PACKAGES
    CLEANUP_PACKAGE_BUILDS HYDRATED_BUILD DELTA_BUILD DELTA_FETCH PRECACHE PRECACHER_SNAPSHOT PRECACHER_NON_FATAL
    QUICK_REBUILD QUICK_REBUILD_TOOLCHAIN QUICK_REBUILD_PACKAGES RESOLVE_CYCLES_FROM_UPSTREAM
    IGNORE_VERSION_TO_RESOLVE_SELFDEP STOP_ON_PKG_FAIL STOP_ON_FETCH_FAIL STOP_ON_WARNING REBUILD_DEP_CHAINS
    ALLOW_SRPM_DOWNLOAD_FAIL TOOLCHAIN_SOURCES_ARCHIVE PACKAGE_CACHE_SUMMARY IMAGE_CACHE_SUMMARY INITRD_CACHE_SUMMARY
    PACKAGE_ARCHIVE CACHED_PACKAGES_ARCHIVE USE_CCACHE CCACHE_CONFIG EXTRA_MACROS_FILES LICENSE_CHECK_MODE
    LICENSE_CHECK_DIRS LICENSE_CHECK_EXCEPTION_FILE LICENSE_CHECK_NAME_FILE CONFIG_FILE CONFIG_BASE_DIR IMAGE_TAG
    UNATTENDED_INSTALLER BUILD_ID SSH_KEY_FILE VALIDATE_IMAGE_GPG IMAGE_GPG_VALIDATION_KEYS REBUILD_TOOLS
    BUILD_TOOLS_NONPROD LOG_LEVEL LOG_COLOR ENABLE_CPU_PROFILE ENABLE_MEM_PROFILE ENABLE_TRACE
    NUM_OF_ANALYTICS_RESULTS ARCHIVE_TOOL MODE REPO_PATH VERSION MOUNTS BUILD_MOUNT EXTRA_PACKAGES ENABLE_REPO
    KEEP_CONTAINER QUIET QUERY_CMD QUERY_INPUT_FILE QUERY_OUTPUT_FILE
    """

  private static func words(_ text: String) -> Set<String> { Set(MakeWords.list(text)) }

  @Test func everyTargetOfUpstreamIsThere() {
    let known = MakeTarget.all.map(\.name)
    #expect(Set(known) == Self.words(Self.targets))
    #expect(Set(known).count == known.count)
  }

  @Test func everyVariableOfUpstreamIsThere() {
    let known = MakeVariable.all.map(\.name)
    // what scripts ask of printvar besides
    #expect(
      Set(known).subtracting(Self.words(Self.variables)) == [
        "build_arch", "toolchain_spec_list", "DIST_VERSION_MACRO",
      ])
    #expect(Self.words(Self.variables).isSubset(of: known))
    #expect(Set(known).count == known.count)
  }

  @Test func eachRefusalSaysWhy() {
    for variable in MakeVariable.all {
      #expect(!variable.meaning.isEmpty, "\(variable.name)")
      switch variable.verdict {
      case .refused(let because, let next):
        #expect(because.count > 10 && next != "", "\(variable.name)")
      case .met(let because), .option(let because): #expect(!because.isEmpty, "\(variable.name)")
      case .key(let key):
        #expect(SettingsKey.named(key) != nil, "\(variable.name) sets \(key), which is no key")
      case .later: break
      }
    }
    for target in MakeTarget.all {
      if case .refused(let because, _) = target.verdict { #expect(because.count > 10, "\(target.name)") }
      if case .met(let because) = target.verdict { #expect(because.count > 5, "\(target.name)") }
    }
  }

  /// A variable that refers to another refers to one that is there, and never to itself.
  @Test func defaultsCanBeFilledIn() {
    let values = MakeValues(known: ["PROJECT_ROOT": "/tree", "build_arch": "x86_64"])
    for variable in MakeVariable.all { #expect(!values[variable.name].contains("$("), "\(variable.name)") }
    #expect(values["RPMS_DIR"] == "/tree/.azldev/out/RPMS")
    #expect(MakeValues(given: ["OUT_DIR": "/o"])["RPMS_DIR"] == "/o/RPMS")
    #expect(
      values["TOOLCHAIN_MANIFEST"] == "/tree/toolkit/resources/manifests/package/toolchain_x86_64.txt")
  }

  @Test func patternsGiveWayToNames() {
    #expect(MakeTarget.find("printvar-all-vars")?.verdict == .does(.task(.allVariables)))
    #expect(MakeTarget.find("printvar-DIST_TAG")?.name == "printvar-%")
    #expect(MakeTarget.find("printvar-verbose-DIST_TAG")?.name == "printvar-verbose-%")
    #expect(MakeTarget.find("go-tools")?.name == "go-tools")
    #expect(MakeTarget.find("go-scheduler")?.name == "go-%")
    #expect(MakeTarget.find("printvar-") == nil)
  }
}
