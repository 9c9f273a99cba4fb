/// Every key of the configuration with its kind and what it means: what is accepted, and the text of the file
/// that `init` writes.
package struct SettingsKey: Sendable {
  package enum Kind: Sendable, Equatable { case text, number, flag, list }
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
    .init("baseline", "ref", .text, "branch, tag or commit that the tree is compared with"),
    .init("identity", "dist", .text, "the %dist macro"),
    .init("identity", "release_version", .text, "%distro_release_version; empty: from the baseline commit"),
    .init("identity", "build_number", .text, "%mariner_build_number; empty: the baseline commit"),
    .init("sources", "urls", .list, "source servers, asked in order for <url>/<file>"),
    .init(
      "toolchain", "worker_manifest", .text,
      "list of the RPMs that every build root holds: a path in the tree or a URL"),
    .init("repository", "id", .text, "name of the repository"),
    .init("repository", "url", .text, "http, https or file; $releasever, $basearch and $tree are filled in"),
    .init("repository", "kind", .text, "base, debuginfo, toolchain or source"),
    .init("repository", "priority", .number, "lower wins"),
    .init("repository", "enabled", .flag, "whether it is used"),
    .init("repository", "gpgcheck", .flag, "RPMs must carry a signature by one of the keys"),
    .init("repository", "repo_gpgcheck", .flag, "the metadata must carry a signature by one of the keys"),
    .init("repository", "keys", .list, "armoured public keys: paths in the tree, or URLs of the same mirror"),
    .init("repository", "ca", .text, "CA certificate file"),
    .init("repository", "cert", .text, "client certificate file"),
    .init("repository", "key", .text, "client key file"),
    .init("build", "check", .flag, "run %check after each build"),
    .init("build", "jobs", .number, "processors that one build may use; 0: its share of all"),
    .init("build", "timeout", .number, "seconds; 0: none"),
    .init("build", "memory", .number, "MiB that the processes of one build may use together; 0: no limit"),
    .init("watch", "max_builds", .number, "builds queued at most after one save; the rest is listed"),
    .init("watch", "ignore", .list, "shell patterns of files whose saves do not count"),
    .init("image", "default", .text, "image configuration that image build takes when none is named"),
    .init("image", "configs", .list, "image configurations of this tree"),
    .init("boot", "accelerator", .text, "auto, kvm or tcg"),
    .init("boot", "memory", .number, "MiB"),
    .init("boot", "timeout", .number, "seconds until a verdict"),
    .init("boot", "smoke", .list, "commands run in the guest; each must exit with 0"),
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
