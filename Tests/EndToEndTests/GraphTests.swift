import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Questions about the graph, asked of the real program.
  @Suite(.serialized, .sharedTree) struct Graph {
    private func ask(_ words: String...) async throws -> DemoTree.Output {
      let tree = try DemoTree.current()
      let report = try await tree.azl(["graph"] + words + ["--json"])
      #expect(report.status == 0, "\(words): \(report.all)")
      try await Schema("graph").validate(report.out)
      return try await tree.azl(["graph"] + words)
    }

    /// The line of a spec that holds the text.
    private func place(_ spec: String, _ text: String) throws -> String {
      let path = "SPECS/\(spec)/\(spec).spec"
      let lines = try DemoTree.current().read(path).split(separator: "\n", omittingEmptySubsequences: false)
      return "\(path):\(try #require(lines.firstIndex { $0.contains(text) }) + 1)"
    }

    @Test func whoNeedsALibrary() async throws {
      let answer = try await ask("rdeps", "liblantern", "--levels", "2")
      let app = try place("lantern-app", "pkgconfig(lantern)")
      #expect(answer.out.contains("build with it 3"))
      #expect(answer.out.contains("pkgconfig(lantern)"))
      #expect(answer.out.contains(app))
      #expect(answer.out.contains("require it, level 2 2"))
      let capability = try await ask("rdeps", "pkgconfig(lantern)")
      #expect(capability.out.contains(app) && !capability.out.contains("lantern-plugin"))
    }

    @Test func whatAPackageNeeds() async throws {
      let answer = try await ask("deps", "lantern-plugin")
      #expect(answer.out.contains("gcc (published)"))
      #expect(answer.out.contains("liblantern-devel of liblantern"))
      #expect(answer.out.contains(try place("lantern-plugin", "liblantern-devel")))
      #expect(!answer.out.contains("nobody"))
    }

    @Test func whyOneNeedsTheOther() async throws {
      let answer = try await ask("why", "lantern-check", "liblantern")
      #expect(answer.out.hasPrefix("lantern-check needs liblantern\n"))
      #expect(answer.out.contains(try place("lantern-check", "lantern-app")))
      #expect(answer.out.contains("liblantern.so.1()(64bit)"))
      let none = try await ask("why", "liblantern", "zip")
      #expect(none.out == "liblantern does not need zip, neither to be built nor to run\n")
    }

    @Test func aCircleIsFoundOnceALineMakesOne() async throws {
      let tree = try DemoTree.current()
      #expect(try await ask("cycles").out == "no specs need each other to be built\n")
      try tree.edit(
        "SPECS/liblantern/liblantern.spec", "BuildRequires:  make\n",
        "BuildRequires:  make\nBuildRequires:  lantern-app\n")
      let answer = try await ask("cycles", "liblantern")
      try await tree.restore()
      #expect(answer.out.hasPrefix("2 specs need each other to be built\n  lantern-app liblantern\n"))
      #expect(answer.out.contains("SPECS/liblantern/liblantern.spec:18"))
      #expect(answer.out.contains(try place("lantern-app", "pkgconfig(lantern)")))
    }

    @Test func exportsAreReadByOtherPrograms() async throws {
      let tree = try DemoTree.current()
      let dot = try await ask("export", "lantern-app")
      #expect(dot.out.hasPrefix("digraph needs {\n") && dot.out.hasSuffix("}\n"))
      #expect(dot.out.contains("\"lantern-app\" -> \"liblantern\""))
      #expect(!dot.out.contains("\"zip\""))
      let file = tree.file("graph.json")
      let json = try await tree.azl("graph", "export", "--format", "json", "-o", file.string)
      #expect(json.status == 0 && json.out.isEmpty)
      try await Schema("graph").validate(tree.read("graph.json"))
      #expect(try tree.read("graph.json").contains("\"zip\""))
      try await tree.restore()
    }

    @Test func svgIsDrawnOrSaysWhatIsMissing() async throws {
      let answer = try await DemoTree.current().azl("graph", "export", "lantern-app", "--format", "svg")
      if answer.status == 0 {
        #expect(answer.out.contains("<svg") && answer.out.contains("liblantern"))
      } else {
        #expect(answer.status == 3)
        #expect(answer.err.contains("apt-get install graphviz"))
      }
    }

    @Test func anUnknownNameIsAnsweredWithTheNearest() async throws {
      let answer = try await DemoTree.current().azl("graph", "why", "lantern-ap", "zip")
      #expect(answer.status == 2 && answer.err.contains("nearest: lantern-app"))
    }
  }
}
