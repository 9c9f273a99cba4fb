import AzureLinux
import Foundation
import Specs
import SystemPackage
import Testing

@Suite("commands of specs", .enabled(if: Specimens.canParse, "skipped: bubblewrap or rpm is not installed"))
struct CommandMemoryTests {
  private func provides(_ info: SpecInfo, _ prefix: String) -> [String] {
    info.packages.flatMap(\.provides).map(\.name).filter { $0.hasPrefix(prefix) }
  }

  @Test("what a command printed is what every later parse is given, in all workers")
  func remembered() async throws {
    // this program prints another thing each time, and no word of the text says so
    let text = "Provides: number(%(/azl/tree/SPECS/../roll 2>/dev/null || shuf -i 1-1000000000 -n 1))"
    let plain = "Provides: number(%(shuf -i 1-1000000000 -n 1))"
    let specs = [
      "a": Specimens.spec("a", plain), "b": Specimens.spec("b", plain), "c": Specimens.spec("c", text),
    ]
    try await Specimens.with(specs, workers: 2) { specimens in
      let first = provides(try await specimens.parse("a"), "number")
      async let one = specimens.parse("b")
      async let two = specimens.parse("a")
      for info in [try await one, try await two] { #expect(provides(info, "number") == first) }
      // a command that names the tree is run each time
      let before = provides(try await specimens.parse("c"), "number")
      let after = provides(try await specimens.parse("c"), "number")
      #expect(after != before)
    }
  }

  @Test("the next process knows it too, unless what commands see is another thing", arguments: [true, false])
  func keptForTheNextProcess(isSame: Bool) async throws {
    let spec = Specimens.spec("a", "Provides: number(%(shuf -i 1-1000000000 -n 1))")
    try await Specimens.with(["a": spec]) { specimens in
      let file = specimens.tree.removingLastComponent().appending("commands")
      func parse(_ hidden: [String]) async throws -> [String] {
        var sandbox = specimens.sandbox()
        sandbox.hidden += hidden
        let pool = SpecParserPool(
          .init(
            arch: "x86_64", defines: Specimens.defines, sandbox: sandbox, workers: 1,
            memory: CommandMemory(file: file, sandbox: sandbox)))
        let info = try await pool.parse(specimens.location("a"))
        await pool.stop()
        return provides(info, "number")
      }
      let first = try await parse([])
      let second = try await parse(isSame ? [] : ["/usr/share"])
      #expect((first == second) == isSame)
    }
  }

  @Test("a command that reads the package directory sees it as it is now")
  func readsTheTree() async throws {
    let text = Specimens.spec("lamp", "Source0: colour\nProvides: colour(%(cat %{SOURCE0}))")
    try await Specimens.with(["lamp": text], files: ["SPECS/lamp/colour": "red\n"], workers: 1) { specimens in
      let red = try await specimens.parse("lamp")
      #expect(provides(red, "colour") == ["colour(red)"])
      try "blue\n".write(
        toFile: specimens.tree.appending("SPECS/lamp/colour").string, atomically: false, encoding: .utf8)
      let blue = try await specimens.parse("lamp")
      #expect(provides(blue, "colour") == ["colour(blue)"])
    }
  }

  @Test("what a spec sets in its process does not reach what others are told", arguments: [true, false])
  func environment(isFirst: Bool) async throws {
    let ask = "Provides: mood(%(echo ${MOOD:-none}))"
    let specs = [
      "setter": Specimens.spec("setter", "%{lua: posix.setenv('MOOD', 'bright')}\n" + ask),
      "plain": Specimens.spec("plain", ask),
    ]
    try await Specimens.with(specs, workers: 1) { specimens in
      for id in isFirst ? ["setter", "plain"] : ["plain", "setter"] {
        let found = provides(try await specimens.parse(id), "mood")
        #expect(found == [id == "setter" ? "mood(bright)" : "mood(none)"])
      }
    }
  }

  @Test("temporary files of one parse are gone in the next")
  func temporaryFiles() async throws {
    let specs = [
      "writer": Specimens.spec(
        "writer", "Provides: wrote(%(mkdir -p /tmp/d && echo 1 > /tmp/d/f && echo yes))"),
      "reader": Specimens.spec("reader", "Provides: found(%(ls -R /tmp /var/tmp | grep -c d))"),
    ]
    try await Specimens.with(specs, workers: 1) { specimens in
      let writer = try await specimens.parse("writer")
      #expect(provides(writer, "wrote") == ["wrote(yes)"])
      let reader = try await specimens.parse("reader")
      #expect(provides(reader, "found") == ["found(0)"])
    }
  }

  @Test("the machine's day, host, kernel and compiler are not seen")
  func hostFacts() async throws {
    let text = Specimens.spec(
      "asker",
      """
      Provides: day(%(date +%%Y-%%m-%%d))
      Provides: day2(%(/usr/bin/date -u +%%Y))
      Provides: ago(%(date +%%Y -d "1 year ago"))
      Provides: host(%(hostname))
      Provides: kernel(%(uname -r))
      Provides: gcc(%(gcc -dumpversion))
      Provides: perl(%(perl -V:version | tr -d "';"))
      Provides: etc(%(cat /etc/os-release /etc/hostname 2>/dev/null | wc -c))
      """)
    let files = [
      "SPECS/gcc/gcc.spec": Specimens.spec("gcc").replacing("1.0", with: "99.2.0"),
      "SPECS/perl/perl.spec": "%global perl_version 5.99.1\nName: perl\nVersion: %{perl_version}\n",
    ]
    try await Specimens.with(["asker": text], files: files) { specimens in
      let info = try await specimens.parse("asker")
      #expect(info.findings.count == 8 - 1, "all but perl's: \(info.findings.map(\.message))")
      let found = Set(info.packages.flatMap(\.provides).map(\.name))
      // the epoch that Specimens gives is in June 2025
      #expect(
        found.isSuperset(of: [
          "day(2025-06-15)", "day2(2025)", "ago(2024)", "host(localhost)", "kernel(0)", "gcc(99)",
          "perl(version=5.99.1)", "etc(0)",
        ]), "\(found.sorted())")
    }
  }
}
