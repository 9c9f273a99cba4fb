import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage
import TestSupport
import Testing

@testable import Images

/// What comes with configurations and packages and wants out of the image, with the real tools: nothing of this machine
/// is changed, and nothing of it gets in.
@Suite(.enabled(if: TestPackage.hasShell, "skipped: busybox-static is not installed (packages.txt lists it)"))
struct HostileImageTests {
  private static func text(_ more: String = "", artifact: String = #""Compression": "tar.gz""#) -> String {
    """
    {"Disks": [{"Artifacts": [{"Name": "bad", \(artifact)}]}],
     "SystemConfigs": [{"Name": "bad", "Packages": ["shell"]\(more.isEmpty ? "" : ", \(more)")}]}
    """
  }

  /// The image's folder, as whoever unpacks it has it.
  private func root(
    of text: String, _ rpms: [RPMFile], in place: TemporaryFolder, limits: ImageLimits = ImageLimits()
  ) async throws -> RootTree {
    try await build(text, rpms, in: place, limits: limits)
    let root = place.path.appending("unpacked")
    try FileManager.default.createDirectory(atPath: root.string, withIntermediateDirectories: true)
    try await Command(["tar", "-C", root.string, "-xpzf", place.path.appending("out/bad-3.0.tar.gz").string])
      .check()
    return RootTree(root)
  }

  private func build(
    _ text: String, _ rpms: [RPMFile], in place: TemporaryFolder, limits: ImageLimits = ImageLimits()
  ) async throws {
    let tree = place.path.appending("tree")
    try FileManager.default.createDirectory(atPath: tree.string, withIntermediateDirectories: true)
    let request = ImageRequest(
      configuration: try configuration(text), folder: tree, rpms: rpms, releaseVersion: "3.0",
      buildNumber: "1", timestamp: 1_700_000_000)
    let builder = ImageBuilder(store: place.path.appending("store"), limits: limits)
    do {
      _ = try await builder.build(
        request, output: place.path.appending("out"), log: place.path.appending("log"))
    } catch {
      let left = (try? FileManager.default.contentsOfDirectory(atPath: builder.scratch.string)) ?? []
      #expect(left.isEmpty)
      throw error
    }
  }

  /// A folder of this machine that is none of the image's business, and what it holds afterwards.
  private struct Outside {
    let path: FilePath
    private let names = ["rpm/keep", "systemd/random-seed", "cache/ldconfig/aux-cache", "deep/file"]

    init(_ place: TemporaryFolder) throws {
      path = place.path.appending("outside")
      for name in names {
        let file = path.pushing(FilePath(name))
        try FileManager.default.createDirectory(
          atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
        try Data("of the machine".utf8).write(to: URL(filePath: file.string))
      }
    }

    func expectUntouched(sourceLocation: SourceLocation = #_sourceLocation) {
      let all = FileManager.default.enumerator(atPath: path.string)?.compactMap { $0 as? String } ?? []
      let files = all.filter { !FileManager.default.isFolder(path.pushing(FilePath($0))) }
      #expect(files.sorted() == names.sorted(), sourceLocation: sourceLocation)
    }
  }

  @Test func aLinkInAPackageLeadsNoFileOutside() async throws {
    let place = try TemporaryFolder()
    let outside = try Outside(place)
    try FileManager.default.createDirectory(
      atPath: place.path.appending("tree").string, withIntermediateDirectories: true)
    try Data("planted".utf8).write(to: URL(filePath: place.path.appending("tree/file").string))
    var links = TestPackage("links")
    links.links = [
      ("/opt/host", "/"), ("/opt/up", "../../../../../../../../.."), ("/opt/there", outside.path.string),
      ("/opt/file", outside.path.appending("deep/file").string),
    ]
    let text = Self.text(
      """
      "AdditionalFiles": {"file": ["/opt/host\(outside.path)/a", "/opt/up\(outside.path)/b", "/opt/there/c", "/opt/file"]}
      """)
    let tree = try await root(
      of: text, [try await TestPackage.shell(in: place), try await links.build(in: place)], in: place)
    outside.expectUntouched()
    for name in ["a", "b", "c", "deep/file"] {
      #expect(tree.read("\(outside.path)/\(name)") == Data("planted".utf8), "\(name)")
    }
  }

  /// The steps after the scripts work on folders that a script can put a link in the place of.
  @Test func aLinkThatAScriptLeavesLeadsNoStepOutside() async throws {
    let place = try TemporaryFolder()
    let outside = try Outside(place)
    let script = place.path.appending("tree/links.sh")
    try FileManager.default.createDirectory(
      atPath: script.removingLastComponent().string, withIntermediateDirectories: true)
    try Data(
      """
      #!/bin/sh
      busybox rm -rf /var/lib /var/cache
      busybox ln -s \(outside.path) /var/lib
      busybox ln -s \(outside.path)/cache /var/cache
      """.utf8
    ).write(to: URL(filePath: script.string))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.string)
    let text = Self.text(#""RemoveRpmDb": true, "PostInstallScripts": [{"Path": "links.sh"}]"#)
    try await build(text, [try await TestPackage.shell(in: place)], in: place)
    outside.expectUntouched()
  }

  /// A mount point that lies beneath a link of a package: its contents are taken out of the packages' own file system.
  @Test func aMountPointBeneathALinkEmptiesNoFolderOutside() async throws {
    let place = try TemporaryFolder()
    let outside = try Outside(place)
    var links = TestPackage("links", files: [("/usr/share/x", "x")])
    links.links = [("/data", outside.path.string)]
    let text = """
      {"Disks": [{"PartitionTableType": "gpt", "MaxSize": 64, "Artifacts": [{"Name": "bad", "Type": "raw"}],
        "Partitions": [{"ID": "rootfs", "Start": 1, "End": 40, "FsType": "ext4"},
          {"ID": "deep", "Start": 40, "End": 0, "FsType": "ext4"}]}],
       "SystemConfigs": [{"Name": "bad", "BootType": "none", "Packages": ["links"], "KernelOptions": {"default": "kernel"},
        "PartitionSettings": [{"ID": "rootfs", "MountPoint": "/"}, {"ID": "deep", "MountPoint": "/data/deep"}]}]}
      """
    let kernel = try await TestPackage("kernel", files: [("/boot/vmlinuz-1", "k")]).build(in: place)
    try await build(text, [kernel, try await links.build(in: place)], in: place)
    outside.expectUntouched()
  }

  @Test func whatAConfigurationNamesIsItsOwn() async throws {
    let place = try TemporaryFolder()
    let tree = place.path.appending("tree")
    try FileManager.default.createDirectory(
      atPath: tree.appending("inner").string, withIntermediateDirectories: true)
    let secret = place.path.appending("secret")
    for file in [secret, tree.appending("inner/mine")] {
      try Data("\(file)".utf8).write(to: URL(filePath: file.string))
    }
    for (name, target) in [
      ("absolute", secret.string), ("relative", "../secret"), ("folder", ".."), ("mine", "inner/mine"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: tree.appending(name).string, withDestinationPath: target)
    }
    try await Command(["mkfifo", tree.appending("pipe").string]).check()
    let shell = try await TestPackage.shell(in: place)
    func message(_ key: String, _ path: String) async throws -> String? {
      let value =
        key == "AdditionalFiles"
        ? #""AdditionalFiles": {"\#(path)": "/x"}"# : #""\#(key)": [{"Path": "\#(path)"}]"#
      do {
        try await build(Self.text(value), [shell], in: place)
        return nil
      } catch let error as ImageError {
        #expect(error.exitCode == .invalidInput)
        return error.message
      }
    }
    for key in ["AdditionalFiles", "PostInstallScripts", "FinalizeImageScripts"] {
      for path in ["../secret", "inner/../../secret", secret.string, "absolute", "relative", "folder/secret"]
      {
        let found = try await message(key, path)
        #expect(
          found
            == "\(key) names \(path), which is \(secret): outside of the tree and of the configuration's folder"
        )
      }
      for path in ["pipe", "inner", "/dev/null"] {
        #expect(try await message(key, path) == "\(key) names \(path), which is no regular file")
      }
    }
    for path in ["mine", "inner/../mine", tree.appending("inner/mine").string] {
      #expect(try await message("AdditionalFiles", path) == nil)
    }
  }
}

extension FileManager {
  fileprivate func isFolder(_ path: FilePath) -> Bool {
    var isFolder: ObjCBool = false
    return fileExists(atPath: path.string, isDirectory: &isFolder) && isFolder.boolValue
  }
}
