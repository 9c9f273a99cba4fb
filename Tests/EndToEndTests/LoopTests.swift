import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// From an edit to a proof inside the booted guest; every report fits the schema that is shipped for it.
  @Suite(.serialized) struct Loop {
    @Test func anEditReachesTheGuest() async throws {
      try await DemoTree.with { tree in
        try tree.edit(
          "SPECS/liblantern/liblantern.spec", "%build\n",
          "%build\nsed -i \"s/LIGHT '[*]'/LIGHT '+'/\" lantern.c\n")
        try await check(tree, "init", "init", "--mirror", "file://\(Host.mirror!)")
        try await check(tree, "specs", "specs")
        try await check(tree, "affected", "affected")
        try await check(tree, "check", "check")
        try await check(tree, "build", "try", "liblantern", "--dependents")
        try await check(tree, "image", "image", "build", "imageconfigs/demo.json")
        let boot = try await check(
          tree, "boot", "boot", "--quick", "--installed", "liblantern", "--smoke", "lantern-app 5")
        #expect(boot.contains("+++++"))
        #expect(boot.contains("\"proof\""))
        try await check(tree, "status", "status")
        try await check(tree, "doctor", "doctor")
      }
    }

    /// Runs a verb with `--json` and validates what it prints.
    @discardableResult
    private func check(_ tree: DemoTree, _ schema: String, _ words: String...) async throws -> String {
      let output = try await tree.azl(words + ["--json"])
      #expect(output.status == 0, "\(words): \(output.all)")
      try await Schema(schema).validate(output.out)
      return output.out
    }
  }

  /// The real program follows a tree that is edited in place.
  @Suite(.serialized) struct Watch {
    @Test func aSaveIsFollowedAsFarAsOutputsDiffer() async throws {
      try await DemoTree.with { tree in
        let spec = "SPECS/liblantern/liblantern.spec"
        let ending = try await RunningProgram.start(tree, "watch", "--json") { program in
          _ = try await round(of: program, "affected")  // the first round: nothing has changed
          try tree.edit(spec, "- License verified.", "- License verified again.")
          #expect(try await round(of: program) == ["liblantern"])
          try tree.edit(spec, "%build\n", "%build\nsed -i \"s/LIGHT '[*]'/LIGHT '+'/\" lantern.c\n")
          let followed = ["lantern-app", "lantern-banner", "lantern-plugin", "lantern-static", "liblantern"]
          #expect(try await round(of: program) == followed)
          try tree.edit(spec, "- License verified again.", "- License verified once more.")
          #expect(try await round(of: program) == ["liblantern"])
          program.signal(SIGINT)
        }
        #expect(ending.status == 130)
      }
    }

    @Test func aGoodRoundGoesOnToTheImageAndItsBoot() async throws {
      try await DemoTree.with { tree in
        try tree.edit(
          "SPECS/liblantern/liblantern.spec", "%build\n",
          "%build\nsed -i \"s/LIGHT '[*]'/LIGHT '+'/\" lantern.c\n")
        let output = try await tree.azl("watch", "--once", "--boot", "imageconfigs/demo.json", "--json")
        #expect(output.status == 0, "\(output.all)")
        var results: [String: Line] = [:]
        for text in output.out.split(separator: "\n").map(String.init) {
          try await Schema("watch").validate(text)
          let line = try JSONDecoder.snake.decode(Line.self, from: Data(text.utf8))
          results[line.event] = line
        }
        #expect(results["image"]?.result == "passed")
        #expect(results["boot"]?.result == "passed")
        #expect(results["boot"]?.message?.contains("in the guest is the one built here") == true)
      }
    }

    private struct Line: Decodable {
      var event: String
      var report: BuildReport?
      var result: String?
      var message: String?
    }

    /// What was built until the event; each line on the way fits its schema.
    private func round(of program: RunningProgram, _ event: String = "round") async throws -> [String] {
      while true {
        let text = try #require(await program.next())
        guard text.hasPrefix("{") else { continue }  // progress, on standard error
        try await Schema("watch").validate(text)
        let line = try JSONDecoder.snake.decode(Line.self, from: Data(text.utf8))
        guard line.event == event else { continue }
        return (line.report?.builds ?? []).filter { $0.result == .built }.map(\.spec).sorted()
      }
    }
  }
}

/// A shipped JSON Schema, applied by python3-jsonschema.
struct Schema {
  let path: String

  init(_ name: String) { path = Host.project.appending("schemas/\(name).schema.json").string }

  func validate(_ json: String) async throws {
    let script = """
      import json, sys, jsonschema
      jsonschema.validate(json.loads(open(sys.argv[1]).read()), json.load(open(sys.argv[2])))
      """
    let file = FilePath(NSTemporaryDirectory()).appending("azl-json-\(UUID().uuidString)").string
    try Data(json.utf8).write(to: URL(filePath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    let result = try await Command(["python3", "-c", script, file, path]).run()
    #expect(result.isSuccess, "\(path): \(result.errorText.suffix(2000))")
  }
}
