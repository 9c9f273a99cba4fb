import AzureLinux
import Foundation
import SystemPackage
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
    let (text, values) = try #require(labels.commands(answers, valuesIn: "/v"))
    #expect(
      text == """
        ea_set -f /v/0 "/" security.selinux
        ea_set -f /v/0 "/a" security.selinux
        ea_set -f /v/1 "/lost+found" security.selinux
        ea_set -f /v/1 "/a/f" security.selinux
        ea_set -f /v/0 "/a/l" security.selinux

        """)
    #expect(values == [Data("d:s0\0".utf8), Data("f:s0\0".utf8)])
  }

  @Test func quotesAreDoubledAndWhatDebugfsCannotBeToldIsSaid() throws {
    let quoted = FileLabels(Data("f\0b \"c\"\0".utf8), mountedAt: "/")
    #expect(
      try #require(quoted.commands(["f": "x\n"], valuesIn: "/v")).text
        == "ea_set -f /v/0 \"/b \"\"c\"\"\" security.selinux\n")
    #expect(FileLabels(Data("f\0a\nb\0".utf8), mountedAt: "/").commands(["f": "x\n"], valuesIn: "/v") == nil)
    #expect(quoted.commands(["f": ""], valuesIn: "/v") == nil)
  }
}
