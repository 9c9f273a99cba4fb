import Foundation
import Testing

@testable import AzureLinux

/// Every row of the tables that does something names the test in which it does: a new row without one fails here.
/// Those that are refused, that come later and that hold anyway are gone through by `MakePlanTests`, all of them.
@Suite struct MakeCoverageTests {
  /// Below `Tests`: by file and function, the targets and variables that it runs.
  private static let tests: [(file: String, function: String, names: String)] = [
    (
      "EndToEndTests/MakeTests.swift", "buildsWhatBuildBuilds",
      "build-packages print-build-summary"
    ),
    (
      "EndToEndTests/MakeTests.swift", "cleaning",
      "clean clean-build-packages clean-build-packages-workers clean-workplan clean-chroot-tools parse-specs PKGBUILD_DIR"
    ),
    (
      "EndToEndTests/MakeTests.swift", "variablesAndLists",
      """
      help printvar-% printvar-verbose-% printvar-all-vars get-dist-tag parse-specs graph graph-cache
      generate-versions-macros-file input-srpms clean-input-srpms expand-specs rpms-snapshot run-specarchchecker
      repo-query validate-chroot pre-cache PKGBUILD_DIR QUERY_CMD QUERY_INPUT_FILE QUERY_OUTPUT_FILE
      """
    ),
    (
      "EndToEndTests/MakeTests.swift", "sonamesAndLicences",
      """
      sodiff-check license-check license-check-pkg compress-rpms hydrate-rpms LICENSE_CHECK_DIRS
      LICENSE_CHECK_NAME_FILE
      """
    ),
    (
      "EndToEndTests/MakeReportTests.swift", "whatTheCallAndTheTreeSay",
      """
      get-version get-release-major printvar-verbose-all-vars install-prereqs install-prereqs-and-configure
      containerized-rpmbuild-help graph-preprocessed parsed-specs workplan
      """
    ),
    ("EndToEndTests/MakeReportTests.swift", "coloursOnATerminal", "LOG_COLOR"),
    (
      "EndToEndTests/MakeReportTests.swift", "manifestsListWhatTheToolchainMakes",
      "check-manifests check-x86_64-manifests check-aarch64-manifests TOOLCHAIN_MANIFESTS_DIR"
    ),
    (
      "EndToEndTests/MakeReportTests.swift", "whatHeldUpMost", "analyze-built-graph NUM_OF_ANALYTICS_RESULTS"
    ),
    (
      "EndToEndTests/MakeReportTests.swift", "whatIsFetchedBefore",
      "pre-cache PRECACHER_SNAPSHOT PRECACHER_NON_FATAL"
    ),
    (
      "EndToEndTests/MakeCleaningTests.swift", "archivesOfResults",
      """
      compress-rpms compress-srpms compress-cached-rpms hydrate-rpms hydrate-srpms hydrate-cached-rpms
      clean-compress-rpms clean-compress-srpms
      """
    ),
    (
      "EndToEndTests/MakeCleaningTests.swift", "reportsOfWhatWasBuilt",
      """
      built-packages-summary fake-built-packages-list build-summary clean-sodiff clean-rpms-snapshot
      clean-expand-specs
      """
    ),
    (
      "EndToEndTests/MakeCleaningTests.swift", "licenceFilesThatAreNotLookedAt",
      "clean-license-check LICENSE_CHECK_EXCEPTION_FILE"
    ),
    (
      "EndToEndTests/MakeCleaningTests.swift", "whatAllBuildsShare",
      "all chroot-tools macro-tools clean-macro-tools"
    ),
    ("EndToEndTests/MakeCleaningTests.swift", "downloadsThatNothingStandsOn", "clean-cache"),
    ("EndToEndTests/MakeCleaningTests.swift", "theCompilersCache", "clean-ccache USE_CCACHE HYDRATED_BUILD"),
    ("EndToEndTests/MakeCleaningTests.swift", "aShellInTheRootOfOneSpec", "containerized-rpmbuild"),
    ("EndToEndTests/MakeCleaningTests.swift", "whereTasksWrite", "BUILD_SPECS_DIR BUILD_SRPMS_DIR"),
    // what calls come to, and what the verbs do with it is theirs to test
    (
      "AzureLinuxTests/Make/MakePlanTests.swift", "imageConfigurationsAreChecked",
      "validate-image-config CONFIG_FILE CONFIG_BASE_DIR"
    ),
    (
      "AzureLinuxTests/Make/MakePlanTests.swift", "imagesComeAfterTheirPackages",
      "image IMAGE_TAG BUILD_ID REBUILD_PACKAGES"
    ),
    (
      "AzureLinuxTests/Make/MakePlanTests.swift", "installersAndRawDisksComeAfterTheirPackages",
      """
      iso make-raw-image fetch-image-packages fetch-external-image-packages UNATTENDED_INSTALLER IMAGE_CACHE_SUMMARY
      INITRD_CACHE_SUMMARY
      """
    ),
    (
      "AzureLinuxTests/Make/MakePlanTests.swift", "theCloudInitDiskHasAKeyAndCertificates",
      "meta-user-data META_USER_DATA_DIR SSH_KEY_FILE"
    ),
    (
      "EndToEndTests/MakeImageTests.swift", "whatAnImageTakesIsListed",
      """
      fetch-image-packages fetch-external-image-packages make-raw-image license-check-img clean-imagegen
      IMAGE_CACHE_SUMMARY
      """
    ),
    (
      "EndToEndTests/MakeImageTests.swift", "aCloudInitDiskIsWhatItsFilesSay",
      "meta-user-data META_USER_DATA_DIR SSH_KEY_FILE"
    ),
    (
      "AzureLinuxTests/Make/MakePlanTests.swift", "everyHonouredVariableDoesSomething",
      """
      PROJECT_ROOT REPO_PATH SPECS_DIR RELEASE_VERSION RELEASE_MINOR_ID BUILD_NUMBER DIST_TAG WORKER_CHROOT_MANIFEST
      SOURCE_URL SRPM_FILE_SIGNATURE_HANDLING DOWNLOAD_SRPMS CA_CERT TLS_CERT TLS_KEY REPO_LIST DAILY_BUILD_REPO
      USE_PREVIEW_REPO DISABLE_UPSTREAM_REPOS DISABLE_DEFAULT_REPOS REPO_SNAPSHOT_TIME ENABLE_REPO SRPM_PACK_LIST
      PACKAGE_BUILD_LIST PACKAGE_REBUILD_LIST PACKAGE_IGNORE_LIST EXTRA_BUILD_LAYERS MAX_CASCADING_REBUILDS
      PACKAGE_BUILD_RETRIES CHECK_BUILD_RETRIES PACKAGE_BUILD_TIMEOUT CONCURRENT_PACKAGE_BUILDS MAX_CPU
      USE_PACKAGE_BUILD_CACHE CLEANUP_PACKAGE_BUILDS DELTA_FETCH STOP_ON_PKG_FAIL TOOLCHAIN_MANIFEST
      ALLOW_TOOLCHAIN_REBUILDS CCACHE_CONFIG PACKAGE_CACHE_SUMMARY RUN_CHECK CONFIG_FILE TEST_RUN_LIST
      TEST_RERUN_LIST TEST_IGNORE_LIST LICENSE_CHECK_MODE PACKAGE_ARCHIVE CACHED_PACKAGES_ARCHIVE
      """
    ),
  ]

  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The lines of a function, up to the end of its indentation.
  private func body(of function: String, in file: String) throws -> String? {
    let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: { $0.contains("func \(function)(") }) else { return nil }
    let indent = lines[first].prefix { $0 == " " }
    let rest = lines[first...]
    let last = rest.firstIndex { $0 == indent + "}" } ?? rest.endIndex
    return lines[first..<last].joined(separator: "\n")
  }

  @Test func theNamedTestsRunWhatTheyAreNamedFor() throws {
    for (file, function, names) in Self.tests {
      let body = try #require(try body(of: function, in: file), "\(file) has no \(function)")
      for name in MakeWords.list(names) {
        let isVariable = MakeVariable.named(name) != nil
        #expect(isVariable || MakeTarget.find(name) != nil, "\(name) is in no table")
        let word = name.hasSuffix("%") ? String(name.dropLast()) : name
        let isThere = body.contains("\"\(word)\(word == name ? "\"" : "")") || body.contains("\(word)=")
        #expect(isThere, "\(function) does not run \(name)")
      }
    }
  }

  @Test func everyRowHasOne() {
    let tested = Set(Self.tests.flatMap { MakeWords.list($0.names) })
    let targets = MakeTarget.all.filter { if case .does = $0.verdict { true } else { false } }
    #expect(Set(targets.map(\.name)).subtracting(tested) == [])
    let variables = MakeVariable.all.filter { variable in
      switch variable.verdict {
      case .key, .option: true
      case .met, .refused, .later: false
      }
    }
    #expect(Set(variables.map(\.name)).subtracting(tested) == [])
    #expect(tested.subtracting(targets.map(\.name)).subtracting(variables.map(\.name)) == [])
  }
}
