import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Makes one RPM out of Debian packages that are on disk.
struct SeedConversion: Sendable {
  /// Left out of every package: documentation, translations, and what only Debian's own tools read.
  static let trimmed = [
    "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/bug",
    "usr/share/info",
    "usr/share/menu", "usr/share/doc-base", "usr/share/binfmts", "usr/share/bash-completion", "usr/share/zsh",
    "usr/share/initramfs-tools", "usr/share/fish", "usr/share/apport", "usr/share/gdb", "etc/init.d",
    "etc/cron.daily",
    "etc/cron.weekly", "etc/rcS.d", "run", "DEBIAN",
  ]

  let package: SeedPackage
  /// By Debian package name.
  let files: [String: FilePath]
  let overlay: FilePath?
  /// Empty, for this conversion alone.
  let work: FilePath

  /// The RPM, somewhere below `work`.
  func run() async throws -> FilePath {
    let root = work.appending("root")
    try FileManager.default.createDirectory(atPath: root.string, withIntermediateDirectories: true)
    var list = FileList(owners: [:], configuration: [])
    for deb in package.packages {
      guard let file = files[deb.name] else { throw MirrorError.notDownloaded([deb.name]) }
      try await unpack(file, into: root, list: &list)
    }
    var merge = MergedUsr(root: root)
    try merge.apply()
    for path in SeedConversion.trimmed + package.mapped.drops {
      try? FileManager.default.removeItem(atPath: root.appending(path).string)
    }
    try await add(links: package.mapped.links, to: root)
    let lines = try list.lines(root: root)
    let programs =
      merge.programs
      + package.mapped.links.filter { $0.path.hasPrefix("/usr/bin/") }.map {
        String($0.path.dropFirst(4))
      }

    let fileList = work.appending("files")
    let spec = work.appending("\(package.name).spec")
    let provides = Set(programs).sorted()
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: fileList.string))
    try Data(SeedSpec.text(package, provides: provides, root: root, fileList: fileList).utf8)
      .write(to: URL(filePath: spec.string))
    let output = work.appending("rpm")
    let result = try await SeedSpec.build(spec: spec, topdir: work.appending("top"), output: output).run()
    let rpm = output.appending(package.nevra.fileName)
    guard result.isSuccess, FileManager.default.fileExists(atPath: rpm.string) else {
      let lines = result.errorText.split(separator: "\n").suffix(12).map(String.init)
      throw MirrorError.conversionFailed(package: package.name, lastLines: lines)
    }
    return rpm
  }

  private func unpack(_ deb: FilePath, into root: FilePath, list: inout FileList) async throws {
    try await Command(["dpkg-deb", "--raw-extract", deb.string, root.string]).check()
    let control = root.appending("DEBIAN")
    let conffiles = try? String(contentsOfFile: control.appending("conffiles").string, encoding: .utf8)
    list.configuration.formUnion((conffiles ?? "").split(separator: "\n").map(String.init))
    let listing = try await Command(["dpkg-deb", "--contents", deb.string], environment: ["LC_ALL": "C"])
      .check()
    list.owners.merge(FileList.owners(listing: listing.text)) { _, new in new }
    try FileManager.default.removeItem(atPath: control.string)
  }

  private func add(links: [MappedPackage.Link], to root: FilePath) async throws {
    if let overlay {
      try await Command(["cp", "-a", "\(overlay)/.", root.string]).check()
    }
    for link in links {
      let path = root.string + link.path
      try FileManager.default.createDirectory(
        atPath: FilePath(path).removingLastComponent().string, withIntermediateDirectories: true)
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: link.target)
    }
  }
}
