/// Every key of the configuration with its kind and what it means: what is accepted, and the text of the file
/// that `init` writes.
package struct SettingsKey: Sendable {
  package enum Kind: Sendable, Equatable {
    case text, number, flag, list
    case choice([String])
    /// Commands, each a string or a table of `SmokeSettings`.
    case tests
  }
  /// TOML table; empty at the top, `repository` for the array of tables.
  package let table: String
  package let name: String
  package let kind: Kind
  package let meaning: String

  static let all: [SettingsKey] = [
    .init("", "schema", .number, "form of this file"),
    .init("", "release", .text, "release whose repositories are used; fills $releasever"),
    .init("", "arch", .text, "architecture; fills $basearch"),
    .init("", "spec_dirs", .list, "folders that hold <name>/<name>.spec"),
    .init("", "offline", .flag, "ask nothing of the network: what was downloaded before must do"),
    .init("baseline", "ref", .text, "branch, tag or commit that the tree is compared with"),
    .init("identity", "dist", .text, "the %dist macro"),
    .init("identity", "release_version", .text, "%distro_release_version; empty: from the baseline commit"),
    .init("identity", "build_number", .text, "%mariner_build_number; empty: the baseline commit"),
    .init("sources", "urls", .list, "source servers, asked in order for <url>/<file>"),
    .init(
      "sources", "signatures", .choice(SignatureHandling.allCases.map(\.rawValue)),
      "enforce: sources must fit the signatures file; skip: they are not checked; update: try writes the file anew"
    ),
    .init(
      "sources", "download_srpms", .flag,
      "build published SRPMs, from the repositories of kind source, instead of packing them"),
    .init("sources", "ca", .text, "CA certificate file for the source servers"),
    .init("sources", "cert", .text, "client certificate file for the source servers"),
    .init("sources", "key", .text, "client key file for the source servers"),
    .init(
      "toolchain", "worker_manifest", .text,
      "list of the RPMs that every build root holds: a path in the tree or a URL"),
    .init(
      "toolchain", "manifest", .text,
      "list of the RPMs that the toolchain stage makes: a path in the tree; without the file there are none"),
    .init(
      "toolchain", "allow_rebuilds", .flag,
      "whether build may make an RPM of that list again; otherwise it ends with 1 when it did"),
    .init(
      "repositories", "files", .list,
      "files as in /etc/yum.repos.d; their sections come before [[repository]] tables"),
    .init(
      "repositories", "defaults", .flag,
      "use packages.microsoft.com besides such files where there is no [[repository]]"),
    .init("repositories", "preview", .flag, "use repositories with preview in their id"),
    .init(
      "repositories", "upstream", .flag,
      "false: only repositories of kind toolchain, and what was built here if local is set"),
    .init(
      "repositories", "local", .flag,
      "prefer what was built here, as of the last repo sync, to what is published"),
    .init(
      "repositories", "snapshot_time", .number,
      "seconds since 1970: packages published later are left out, but of kind toolchain or local; 0: none"),
    .init("repository", "id", .text, "name of the repository"),
    .init("repository", "url", .text, "http, https or file; $releasever, $basearch and $tree are filled in"),
    .init(
      "repository", "kind", .choice(RepositorySettings.Kind.allCases.map(\.rawValue)),
      "base, debuginfo, toolchain or source"),
    .init("repository", "priority", .number, "lower wins"),
    .init("repository", "enabled", .flag, "whether it is used"),
    .init("repository", "gpgcheck", .flag, "RPMs must carry a signature by one of the keys"),
    .init("repository", "repo_gpgcheck", .flag, "the metadata must carry a signature by one of the keys"),
    .init("repository", "keys", .list, "armoured public keys: paths in the tree, or URLs of the same mirror"),
    .init("repository", "ca", .text, "CA certificate file"),
    .init("repository", "cert", .text, "client certificate file"),
    .init("repository", "key", .text, "client key file"),
    .init("repository", "mirrors", .list, "more servers of the same files, asked after url"),
    .init("repository", "mirrorlist", .text, "URL of a list of servers, one a line"),
    .init(
      "repository", "metalink", .text,
      "URL of a metalink, a list of servers with the checksum of the metadata"),
    .init("repository", "skip_if_unavailable", .flag, "do without it when its metadata cannot be had"),
    .init("repository", "sslverify", .flag, "whether an HTTPS server must prove who it is"),
    .init(
      "build", "dependents", .choice(CutoffMode.allCases.map(\.rawValue)),
      "what of a package that was built again makes its dependents be built again: exact (its content), interface "
        + "(what another build can see of it), observed (files that their last build opened), names (that it was built)"
    ),
    .init("build", "check", .flag, "run %check after each build"),
    .init("build", "jobs", .number, "processors that one build may use; 0: its share of all"),
    .init("build", "timeout", .number, "seconds; 0: none"),
    .init("build", "memory", .number, "MiB that the processes of one build may use together; 0: no limit"),
    .init("build", "pids", .number, "processes of one build at once; 0: no limit"),
    .init("build", "disk", .number, "MiB that one build may write in its root; 0: no limit"),
    .init("build", "retries", .number, "how often a build that failed is tried again"),
    .init("build", "check_retries", .number, "how often a %check that failed is tried again"),
    .init("build", "defines", .list, "macros for every spec, each \"name value\""),
    .init(
      "build", "ccache", .flag, "compile through ccache, whose package the repositories then need to have"),
    .init("build", "ccache_config", .text, "groups of packages that share one cache: a path in the tree"),
    .init("disk", "store", .number, "MiB of artifacts and downloads that gc leaves, besides what is in use"),
    .init("disk", "layers", .number, "MiB of build root layers that gc leaves, besides what is in use"),
    .init("disk", "logs", .number, "MiB of logs that gc leaves, besides those of standing builds"),
    .init("disk", "roots", .number, "MiB of failed builds' roots that are kept; 0: none"),
    .init("disk", "machines", .number, "MiB of saved machines of boot --hot that gc leaves"),
    .init("watch", "max_builds", .number, "builds queued at most after one save; the rest is listed"),
    .init("watch", "ignore", .list, "shell patterns of files whose saves do not count"),
    .init("image", "default", .text, "image configuration that image build takes when none is named"),
    .init("image", "configs", .list, "image configurations of this tree"),
    .init("boot", "accelerator", .text, "auto, kvm or tcg"),
    .init("boot", "memory", .number, "MiB"),
    .init("boot", "timeout", .number, "seconds until a verdict"),
    .init(
      "boot", "smoke", .tests,
      "what is run in the guest: commands that must exit with 0, or tables with `command` or `script` (a file of the "
        + "tree), `exit`, `text` (must be in the output) and `name`"),
  ]

  private init(_ table: String, _ name: String, _ kind: Kind, _ meaning: String) {
    self.table = table
    self.name = name
    self.kind = kind
    self.meaning = meaning
  }

  package var path: String { table.isEmpty ? name : "\(table).\(name)" }
  /// Overrides the key when set in the environment.
  package var variable: String { "AZL_DEV_" + path.uppercased().replacing(".", with: "_") }

  static func named(_ path: String) -> SettingsKey? { all.first { $0.path == path } }
}
