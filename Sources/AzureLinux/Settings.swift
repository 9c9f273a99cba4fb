/// `.azldev/config.toml` with `config.local.toml` and `AZL_DEV_*` laid over it. Every key has a default.
package struct Settings: Hashable, Codable, Sendable {
  package struct Baseline: Hashable, Codable, Sendable {
    /// Branch, tag or commit; empty: chosen by `init`.
    package var ref = ""
  }
  package struct Identity: Hashable, Codable, Sendable {
    package var dist = ".azl3"
    /// Empty: derived from the baseline commit.
    package var releaseVersion = ""
    package var buildNumber = ""
  }
  package struct Sources: Hashable, Codable, Sendable {
    package var urls = ["https://azurelinuxsrcstorage.blob.core.windows.net/sources/core"]
    package var signatures = SignatureHandling.enforce
    /// Build the published SRPM of a spec's version instead of packing one.
    package var downloadSrpms = false
    /// PEM files for source servers; empty: none.
    package var ca = ""
    package var cert = ""
    package var key = ""
  }
  package struct Repositories: Hashable, Codable, Sendable {
    /// `.repo` files, relative to the tree or absolute.
    package var files: [String] = []
    /// Whether those of packages.microsoft.com count where none is configured.
    package var defaults = true
    package var preview = false
    /// Whether any counts but those of the toolchain and of what was built here.
    package var upstream = true
    package var local = false
    /// Seconds since 1970; 0: none.
    package var snapshotTime = 0
  }
  package struct Toolchain: Hashable, Codable, Sendable {
    /// Path in the tree or URL of the list of RPM file names that are installed in every build root.
    package var workerManifest = "toolkit/resources/manifests/package/pkggen_core_$basearch.txt"
    /// Path in the tree of the list of RPM file names that the toolchain stage makes.
    package var manifest = "toolkit/resources/manifests/package/toolchain_$basearch.txt"
    /// Whether `build` may make an RPM of that list again.
    package var allowRebuilds = false
  }
  package struct Build: Hashable, Codable, Sendable {
    package var dependents = CutoffMode.exact
    package var check = false
    /// 0: its share of all cores.
    package var jobs = 0
    /// Seconds; 0: no limit.
    package var timeout = 28_800
    /// MiB; 0: no limit.
    package var memory = 0
    package var pids = 16_384
    /// MiB; 0: no limit.
    package var disk = 65_536
    package var retries = 0
    package var checkRetries = 0
    /// `name value`, as rpm's `--define` takes them.
    package var defines: [String] = []
    package var ccache = false
    /// Path in the tree of upstream's list of groups.
    package var ccacheConfig = "toolkit/resources/manifests/package/ccache-configuration.json"

    /// `defines` by name.
    package var definitions: [String: String] {
      let pairs = defines.map { text -> (String, String) in
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        return (words.first ?? "", words.count > 1 ? words[1] : "1")
      }
      return Dictionary(pairs) { _, last in last }
    }
  }
  /// MiB that `gc` leaves of each kind, besides what is in use.
  package struct Disk: Hashable, Codable, Sendable {
    package var store = 51_200
    package var layers = 20_480
    package var logs = 2048
    /// Of failed builds; these are never more, `gc` or not.
    package var roots = 20_480
    package var machines = 4096
  }
  package struct Watch: Hashable, Codable, Sendable {
    package var maxBuilds = 20
    /// Shell patterns of files whose saves do not count.
    package var ignore: [String] = []
  }
  package struct Image: Hashable, Codable, Sendable {
    package var `default` = ""
    package var configs: [String] = []
  }
  package struct Boot: Hashable, Codable, Sendable {
    package var accelerator = "auto"
    /// MiB.
    package var memory = 1024
    /// Seconds until a verdict.
    package var timeout = 180
    package var smoke = [SmokeSettings(command: "rpm -qa --qf . | wc -c")]
  }

  package var schema = 1
  package var release = "3.0"
  package var arch = "x86_64"
  package var specDirs = ["SPECS", "SPECS-EXTENDED", "SPECS-SIGNED"]
  /// Nothing is asked of the network.
  package var offline = false
  package var baseline = Baseline()
  package var identity = Identity()
  package var sources = Sources()
  package var toolchain = Toolchain()
  package var repositories = Repositories()
  package var repository: [RepositorySettings] = []
  package var build = Build()
  package var disk = Disk()
  package var watch = Watch()
  package var image = Image()
  package var boot = Boot()

  package init() {}

  /// The repositories of packages.microsoft.com for a release.
  package static func published() -> [RepositorySettings] {
    let root = "https://packages.microsoft.com/azurelinux/$releasever/prod"
    let keys = ["SPECS/azurelinux-repos/MICROSOFT-RPM-GPG-KEY"]
    return [
      RepositorySettings(id: "azurelinux-official-base", url: root + "/base/$basearch", keys: keys),
      RepositorySettings(
        id: "azurelinux-official-base-debuginfo", url: root + "/base/debuginfo/$basearch", kind: .debuginfo,
        enabled: false, keys: keys),
      RepositorySettings(id: "azurelinux-official-ms-oss", url: root + "/ms-oss/$basearch", keys: keys),
      RepositorySettings(
        id: "azurelinux-official-base-source", url: root + "/base/srpms", kind: .source, enabled: false,
        keys: keys),
    ]
  }

  /// `$releasever`, `$basearch` and `$tree` filled in.
  package func expand(_ text: String, tree: String) -> String {
    text.replacing("$releasever", with: release).replacing("$basearch", with: arch).replacing(
      "$tree", with: tree)
  }
}
