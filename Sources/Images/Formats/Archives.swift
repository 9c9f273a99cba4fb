import SystemPackage

/// The argument vectors that make one file out of a folder or of a file, the same bytes every time: sorted, with
/// numbers for owners, without the time of the making. Pure.
package enum Archives {
  /// Extended attributes too: capabilities of programs lie there. What tar would note of this machine's inodes stays out.
  private static let tar = [
    "tar", "--sort=name", "--numeric-owner", "--format=pax",
    "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime", "--xattrs", "--xattrs-include=*",
  ]

  /// Two threads wherever it runs: xz writes other bytes with one.
  private static let xz = ["xz", "--threads=2"]
  private static let gzip = ["pigz", "--no-name", "--no-time"]

  package static func tar(_ compression: Compression, of folder: FilePath, to file: FilePath) -> [String] {
    tar + ["--use-compress-program", program(compression), "-cf", file.string, "-C", folder.string, "."]
  }

  /// Of one file, under the name that it has.
  package static func tar(
    _ compression: Compression, ofFile source: FilePath, named name: String, to file: FilePath, timestamp: Int
  ) -> [String] {
    // in pax form, holes are told of under a name with the number of tar's process
    [
      "tar", "--format=gnu", "--numeric-owner", "--owner=0", "--group=0", "--mode=0644",
      "--mtime=@\(timestamp)", "--sparse", "--transform", "s,.*,\(name),", "--use-compress-program",
      program(compression), "-cf", file.string, "-C", source.removingLastComponent().string,
      source.lastComponent?.string ?? "",
    ]
  }

  package enum Compression: String, Sendable { case gz, xz }

  private static func program(_ compression: Compression) -> String {
    (compression == .gz ? gzip : xz).joined(separator: " ")
  }

  package static func compress(_ compression: Compression, _ source: FilePath, to file: FilePath) -> [String]
  {
    [
      "sh", "-ec", #"in=$1 out=$2; shift 2; exec "$@" < "$in" > "$out""#, "sh", source.string, file.string,
    ] + (compression == .gz ? gzip : xz) + ["--stdout"]
  }

  package static func squashfs(of folder: FilePath, to file: FilePath, timestamp: Int) -> [String] {
    [
      "mksquashfs", folder.string, file.string, "-noappend", "-quiet", "-no-progress", "-reproducible",
      "-mkfs-time", String(timestamp),
    ]
  }

  /// A gzipped cpio archive, as the kernel unpacks it.
  package static func initrd(of folder: FilePath, to file: FilePath) -> [String] {
    [
      "bash", "-o", "pipefail", "-ec",
      #"cd "$1"; find . -print0 | LC_ALL=C sort -z | cpio --null --create --format=newc --reproducible --quiet "#
        + "| " + gzip.joined(separator: " ") + #" > "$2""#,
      "bash", folder.string, file.string,
    ]
  }
}
