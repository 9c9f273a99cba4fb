import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Images

struct LabelTests {
  @Test(arguments: [
    ("SELINUX=permissive\nSELINUXTYPE=targeted\n", "targeted"),
    ("# SELINUXTYPE=old\nSELINUXTYPE= mine \n", "mine"), ("SELINUXTYPE=one\nSELINUXTYPE=two", "two"),
    ("SELINUXTYPE=../../etc\n", nil), ("SELINUXTYPE=..\n", nil), ("SELINUXTYPE=\n", nil), ("", nil),
  ])
  func thePolicyIsTheOneThatItsConfigurationNames(text: String, name: String?) {
    #expect(SELinuxPolicy(configuration: text)?.name == name)
  }

  @Test(arguments: [
    ("# a\nSELINUX=disabled\nSELINUXTYPE=x\n", "# a\nSELINUX=enforcing\nSELINUXTYPE=x\n"),
    ("# SELINUX=disabled\nSELINUXTYPE=x", "# SELINUX=disabled\nSELINUXTYPE=x\nSELINUX=enforcing\n"),
    ("SELINUX= disabled\nSELINUX=permissive\n", "SELINUX=enforcing\nSELINUX=enforcing\n"),
  ])
  func theModeIsSetAndNothingElse(text: String, changed: String) {
    #expect(SELinuxPolicy.setting("enforcing", in: text) == changed)
  }

  @Test(arguments: [
    (ImageConfiguration.KernelCommandLine.SELinux.off, "selinux=0", "enforcing"),
    (.permissive, "security=selinux selinux=1", "permissive"),
    (.enforcing, "security=selinux selinux=1", "enforcing"),
    (.forceEnforcing, "security=selinux selinux=1 enforcing=1", "enforcing"),
  ])
  func theKernelAndTheSystemAreToldAsUpstreamTellsThem(
    value: ImageConfiguration.KernelCommandLine.SELinux, words: String, mode: String
  ) {
    #expect(value.kernelWords.joined(separator: " ") == words && (value == .off || value.mode == mode))
  }

  private static let list = Data("d\0\0f\0b \"c\"\0d\0a\0l\0a/l\0f\0a/f\0".utf8)

  @Test func namesAreThoseOfTheImage() {
    let root = FileLabels(Self.list, mountedAt: "/")
    #expect(root.kinds == ["d", "f", "l"])
    #expect(
      root.names("d") == Data("/\0/a\0/lost+found\0".utf8) && root.names("f") == Data("/a/f\0/b \"c\"\0".utf8)
    )
    let other = FileLabels(Self.list, mountedAt: "/var")
    #expect(
      other.names("d") == Data("/var\0/var/a\0/var/lost+found\0".utf8)
        && other.names("l") == Data("/var/a/l\0".utf8))
  }

  @Test func eachFileGetsItsLabel() throws {
    let labels = FileLabels(Self.list, mountedAt: "/")
    let answers = ["d": "d:s0\nd:s0\nf:s0\n", "f": "f:s0\n<<none>>\n", "l": "d:s0\n"]
    let commands = try #require(labels.commands(answers, valuesIn: "/v 1"))
    #expect(
      commands.script.text == """
        ea_set -f "/v 1/0" "/" security.selinux
        ea_set -f "/v 1/0" "/a" security.selinux
        ea_set -f "/v 1/1" "/lost+found" security.selinux
        ea_set -f "/v 1/1" "/a/f" security.selinux
        ea_set -f "/v 1/0" "/a/l" security.selinux

        """)
    #expect(commands.values == [Data("d:s0\0".utf8), Data("f:s0\0".utf8)] && commands.script.obstacle == nil)
    #expect(labels.commands(["d": "d:s0\n", "f": "", "l": ""], valuesIn: "/v") == nil)
  }

  /// Two spellings of one character are two files.
  @Test func namesHaveTheOrderOfTheirBytes() {
    let cells = ["e\u{301}", "\u{E9}", "z"].map { "f\0\($0)\0" }
    let expected = Data("/e\u{301}\0/z\0/\u{E9}\0".utf8)
    for list in [cells, cells.reversed()] {
      #expect(FileLabels(Data(list.joined().utf8), mountedAt: "/").names("f") == expected)
    }
  }
}

/// debugfs hands a line that begins with `!` to a shell.
struct DebugfsScriptTests {
  @Test(arguments: [
    ("a b", "\"a b\""), ("b \"c\"", "\"b \"\"c\"\"\""),
    // one Character with what follows it, but a quote for debugfs
    ("\"\u{301}x", "\"\"\"\u{301}x\""), ("\u{2028}", "\"\u{2028}\""),
  ])
  func quotesAreDoubledByteByByte(word: String, quoted: String) {
    var script = DebugfsScript()
    #expect(Array(script.quoted(word).utf8) == Array(quoted.utf8) && script.obstacle == nil)
  }

  @Test(arguments: ["a\nb", "a\u{0}", "\u{7F}", "a\r"])
  func whatIsNoWordIsAnObstacle(word: String) {
    var script = DebugfsScript()
    _ = script.quoted(word)
    #expect(script.obstacle == word)
  }

  /// With names that make a line too long for debugfs, where the rest would be a command of its own.
  @Test func aNameThatWouldBecomeACommandIsAnObstacle() throws {
    let folders = Array(repeating: String(repeating: "\"", count: 255), count: 15)
    let name = (folders + ["!touch x #"]).joined(separator: "/")
    let labels = FileLabels(Data("f\0\(name)\0".utf8), mountedAt: "/")
    #expect(try #require(labels.commands(["f": "x\n"], valuesIn: "/v")).script.obstacle == nil)
    let longer = "\(folders[0])/" + name
    let more = FileLabels(Data("f\0\(longer)\0".utf8), mountedAt: "/")
    #expect(try #require(more.commands(["f": "x\n"], valuesIn: "/v")).script.obstacle != nil)
    var patch = FileSystemPatch(paths: [:], timestamp: 0, valuesFolder: "/v")
    patch.apply([TreeEntry(path: name, kind: .file)], of: "/u", leavingOut: [])
    #expect(patch.obstacle != nil)
  }

  /// The real one, on a file system of its own: nothing of a name is run, and a wrong command shows.
  @Test func debugfsRunsNothingOfAName() async throws {
    let place = try TemporaryFolder()
    let (disk, value) = (place.path.appending("disk"), place.path.appending("value"))
    try await Command(["truncate", "--size", "4M", disk.string]).check()
    try await Command(["mke2fs", "-q", "-F", disk.string]).check()
    try Data("v".utf8).write(to: URL(filePath: value.string))
    func run(_ script: DebugfsScript) async throws -> CommandResult {
      let commands = place.path.appending("commands")
      try Data(script.text.utf8).write(to: URL(filePath: commands.string))
      return try await Command(
        ["debugfs", "-w", "-f", commands.string, disk.string], workingDirectory: place.path.string
      ).run()
    }
    var script = DebugfsScript()
    for name in ["a b", "b \"c\"", "\"\u{301}", "!touch pwned", "# x"] {
      let (source, path) = (script.quoted(value.string), script.quoted("/" + name))
      script.add("write \(source) \(path)")
      script.add("ea_set -f \(source) \(path) security.selinux")
    }
    let result = try await run(script)
    #expect(DebugfsScript.trouble(result) == [], "\(result.text)\(result.errorText)")
    for name in ["a b", "b \"\"c\"\"", "\"\"\u{301}", "!touch pwned", "# x"] {
      let told = try await Command([
        "debugfs", "-R", "ea_get -V \"/\(name)\" security.selinux", disk.string,
      ]).check()
      #expect(told.text == "v\n", "\(name): \(told.text)")
    }
    var wrong = DebugfsScript()
    wrong.add("ea_set -f \(value) /a b security.selinux more")
    let refused = try await run(wrong)
    #expect(!DebugfsScript.trouble(refused).isEmpty, "\(refused.text)\(refused.errorText)")
    #expect(!FileManager.default.fileExists(atPath: place.path.appending("pwned").string))
  }
}
