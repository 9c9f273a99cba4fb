import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// The tree changes just while it is read.
  @Suite(.serialized, .sharedTree) struct MovingTree {
    /// What a parse waits for: the spec reads a pipe of the tree before it reads the file.
    @Test func aSaveThatIsTakenBackWhileItsSpecIsParsedLeavesNoTrace() async throws {
      let tree = try DemoTree.current()
      try FileManager.default.createDirectory(
        atPath: tree.file("SPECS/moving").string, withIntermediateDirectories: true)
      try tree.write(
        "SPECS/moving/moving.spec",
        """
        %global waited %(cat %{_sourcedir}/../../pipe)
        %include %{_sourcedir}/version.inc
        Name: moving
        Version: %{moving_version}
        Release: 1%{?dist}
        Summary: Reads a file late
        License: MIT
        %description
        Reads a file late.
        %files
        """)
      try tree.write("SPECS/moving/version.inc", "%global moving_version 1\n")
      let pipe = tree.file("pipe").string
      try #require(mkfifo(pipe, 0o644) == 0)
      let output = try await RunningProgram.start(tree, "specs", "moving", "--json") { _ in
        var parse: FileDescriptor?
        // refused until someone reads: the parse has begun
        try #require(
          try await Host.eventually {
            parse = try? FileDescriptor.open(FilePath(pipe), .writeOnly, options: .nonBlocking)
            return parse != nil
          })
        let writing = try #require(parse)
        try tree.write("SPECS/moving/version.inc", "%global moving_version 2\n")
        try writing.writeAll(Data("go\n".utf8))
        try writing.close()
      }
      #expect(output.status == 0 && output.out.contains("moving-2-1"), "\(output.all)")
      try tree.write("SPECS/moving/version.inc", "%global moving_version 1\n")
      try FileManager.default.removeItem(atPath: pipe)
      try tree.write("pipe", "go\n")
      let again = try await tree.azl("specs", "moving", "--json")
      #expect(again.status == 0 && again.out.contains("moving-1-1"), "\(again.all)")
    }
  }
}
