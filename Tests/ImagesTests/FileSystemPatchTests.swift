import Foundation
import Testing

@testable import Images

@Suite struct FileSystemPatchTests {
  private static let list =
    [
      ["d", "755", "0", "0", "5.0", "1", "4", "", ""], ["d", "755", "0", "0", "5.5", "2", "2", "etc", ""],
      ["f", "644", "0", "7", "6.0", "3", "2", "etc/a b", ""],
      ["f", "644", "0", "7", "6.0", "3", "2", "etc/c", ""],
      ["l", "777", "0", "0", "7.0", "4", "1", "etc/link", "../x"],
      ["c", "0", "0", "0", "8.0", "5", "1", "old", ""],
      ["d", "700", "0", "0", "9.0", "6", "2", "new", ""],
    ].flatMap(\.self).map { Data($0.utf8) + [0] }.reduce(Data(), +)

  private static let attributes = """
    # file: /u/etc/a\\040b
    security.capability=0x0100

    # file: /u/new
    trusted.overlay.opaque=0x79

    """

  private var entries: [TreeEntry] { TreeEntry.parse(Self.list, attributes: Self.attributes, of: "/u") }

  @Test func findAndGetfattrAreRead() {
    #expect(entries.map(\.path) == ["", "etc", "etc/a b", "etc/c", "etc/link", "new", "old"])
    #expect(entries[2].attributes == ["security.capability": [1, 0]] && entries[2].gid == 7)
    #expect(entries[5].isOpaque && !entries[1].isOpaque)
    #expect(entries[4].kind == .link(to: "../x") && entries[6].kind == .whiteout)
  }

  @Test func whatIsThereGoesBeforeWhatComes() {
    var patch = FileSystemPatch(
      paths: ["etc": true, "etc/a b": false, "old": true, "old/x": false, "new": true, "new/y": false],
      timestamp: 9, valuesFolder: "/v")
    patch.apply(entries, of: "/u", leavingOut: [])
    func settled(_ path: String, _ mode: String, _ gid: Int, _ mtime: Int) -> [String] {
      ["mode \(mode)", "uid 0", "gid \(gid)", "mtime @\(mtime)", "ctime @9", "atime @9"].map {
        "sif \"/\(path)\" \($0)"
      }
    }
    #expect(patch.obstacle == nil && patch.values == [[1, 0]])
    #expect(
      lines(patch)
        == settled("", "040755", 0, 5) + settled("etc", "040755", 0, 5) + [
          #"rm "/etc/a b""#, #"write "/u/etc/a b" "/etc/a b""#,
        ] + settled("etc/a b", "0100644", 7, 6) + [
          #"ea_set -f "/v/0" "/etc/a b" "security.capability""#, #"ln "/etc/a b" "/etc/c""#,
          #"sif "/etc/a b" links_count 2"#, #"symlink "/etc/link" "../x""#,
        ] + settled("etc/link", "0120777", 0, 7) + [#"rm "/new/y""#] + settled("new", "040700", 0, 9) + [
          #"rm "/old/x""#, #"rmdir "/old""#,
        ])
  }

  private func lines(_ patch: FileSystemPatch) -> [String] {
    patch.text.split(separator: "\n").map(String.init)
  }

  @Test func whatBelongsToOtherFileSystemsIsLeftOut() {
    var patch = FileSystemPatch(paths: [:], timestamp: 9, valuesFolder: "/v")
    patch.apply(entries, of: "/u", leavingOut: ["etc"])
    #expect(
      !lines(patch).contains { $0.contains("/etc/") }
        && lines(patch).contains(#"mkdir "/etc""#))
  }

  @Test func whatCannotBeWrittenSoIsSaid() {
    var patch = FileSystemPatch(paths: [:], timestamp: 9, valuesFolder: "/v")
    patch.apply([TreeEntry(path: "a\nb", kind: .file)], of: "/u", leavingOut: [])
    #expect(patch.obstacle == "/a\nb")
  }
}

@Suite struct LayerReplacementTests {
  @Test func onlyTheLinkersCacheIsHarmless() {
    #expect(LayerReplacement.isHarmless(""))
    #expect(
      LayerReplacement.isHarmless(
        "postinstall program: /sbin/ldconfig\npostuninstall program: /sbin/ldconfig\n"))
    #expect(LayerReplacement.isHarmless("postinstall scriptlet (using /bin/sh):\n/sbin/ldconfig\n"))
    #expect(!LayerReplacement.isHarmless("postinstall scriptlet (using /bin/sh):\nuseradd x\n"))
    #expect(!LayerReplacement.isHarmless("preinstall scriptlet (using /bin/sh):\n/sbin/ldconfig\n"))
    #expect(!LayerReplacement.isHarmless("postinstall scriptlet (using <lua>):\n"))
  }
}
