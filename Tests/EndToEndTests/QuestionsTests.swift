import AzureLinux
import Foundation
import Sandbox
import SystemPackage
import Testing

extension EndToEnd.Building {
  /// Questions while a watch follows the tree: it answers them, and never with what was.
  @Suite(.serialized, .sharedTree) struct Questions {
    private static let questions = [
      ["graph", "rdeps", "liblantern"], ["graph", "why", "lantern-check", "liblantern", "--json"],
      ["affected"], ["affected", "--json"], ["explain", "liblantern"], ["status", "--json"],
      ["graph", "deps", "no-such-spec"], ["affected", "--exit-code"],
    ]

    private func ask(_ tree: DemoTree) async throws -> [DemoTree.Output] {
      var found: [DemoTree.Output] = []
      for question in Self.questions { found.append(try await tree.azl(question)) }
      return found
    }

    @Test func aWatchAnswersAsAProcessOfItsOwnWould() async throws {
      let tree = try DemoTree.current()
      try tree.edit("SPECS/liblantern/liblantern.spec", "Summary:", "# edited\nSummary:")
      let alone = try await ask(tree)
      #expect(Set(alone.map(\.status)) == [0, 1, 2])
      _ = try await RunningProgram.start(tree, "watch", "--plan", "--json") { watch in
        #expect(await watch.prints(#""event":"affected""#))
        let beside = try await ask(tree)
        for (question, (one, other)) in zip(Self.questions, zip(alone, beside)) {
          #expect(one.status == other.status && one.out == other.out && one.err == other.err, "\(question)")
        }
        watch.signal(SIGINT)
      }
      try await tree.restore()
    }

    /// The watch cannot have seen the save when it is asked.
    @Test func whatWasSavedBeforeTheQuestionIsInTheAnswer() async throws {
      let tree = try DemoTree.current()
      _ = try await RunningProgram.start(tree, "watch", "--plan", "--json") { watch in
        #expect(await watch.prints(#""event":"affected""#))
        for spec in ["zip", "lz4", "keyutils", "libaio"] {
          watch.signal(SIGSTOP)
          try tree.edit("SPECS/\(spec)/\(spec).spec", "Summary:", "# edited\nSummary:")
          async let answer = tree.azl("affected", "--json")
          // it asks the watch, and waits: nobody else answers
          let isAsked = try await Host.eventually { Self.connections() > 0 }
          #expect(isAsked)
          watch.signal(SIGCONT)
          let report = try await answer
          let affected: AffectedReport = try report.json()
          #expect(affected.affected.contains { $0.spec == spec && $0.level == .changed }, "\(report.all)")
        }
        watch.signal(SIGINT)
      }
      try await tree.restore()
    }

    /// Ends of watches' sockets that somebody is connected to; 01 is one that listens.
    private static func connections() -> Int {
      // a file of /proc says that it is empty: it is read to its end
      let file = FileHandle(forReadingAtPath: "/proc/net/unix")
      let table = ((try? file?.readToEnd()) ?? nil).map { String(decoding: $0, as: UTF8.self) } ?? ""
      // number: references protocol flags type state inode path
      return table.split(separator: "\n").count { line in
        let words = line.split(separator: " ")
        return words.count == 8 && words[5] != "01" && words[7].hasSuffix("/watch.socket")
      }
    }

    @Test func aWatchOfAnotherConfigurationIsNotAsked() async throws {
      let tree = try DemoTree.current()
      try tree.edit("SPECS/zip/zip.spec", "Summary:", "# edited\nSummary:")
      _ = try await RunningProgram.start(tree, "watch", "--plan", "--json") { watch in
        #expect(await watch.prints(#""event":"affected""#))
        var command = tree.command(["affected", "--json"])
        command.environment["AZL_DEV_SPEC_DIRS"] = "imageconfigs"
        let other = try await command.run()
        #expect(other.status == 2, "\(other.text)\(other.errorText)")
        let own = try await tree.azl("affected")
        #expect(own.out.contains("zip"), "\(own.all)")
        watch.signal(SIGINT)
      }
      try await tree.restore()
    }

    /// What a question about the graph left on disk answers the next one, and nothing is opened for it; not once
    /// something moved that it was made from.
    @Test func aQuestionIsAnsweredFromTheKeptIndexWhileItHolds() async throws {
      let tree = try DemoTree.current()
      let question = ["graph", "rdeps", "liblantern", "--all"]
      let glance = tree.file(".azldev/glance").string
      let state = tree.file(".azldev/state.db").string
      let manager = FileManager.default

      /// Asks until the answer is kept: files that were just written cannot be told from later ones.
      func keep() async throws -> DemoTree.Output {
        try? manager.removeItem(atPath: glance)
        var last: DemoTree.Output?
        let isKept = try await Host.eventually {
          last = try await tree.azl(question)
          return manager.fileExists(atPath: glance)
        }
        #expect(isKept)
        return try #require(last)
      }
      /// Without the store there is no other way to the answer.
      func fromFile() async throws -> DemoTree.Output {
        try manager.moveItem(atPath: state, toPath: state + ".away")
        let answer = try await tree.azl(question)
        #expect(!manager.fileExists(atPath: state))
        try? manager.removeItem(atPath: state)
        try manager.moveItem(atPath: state + ".away", toPath: state)
        return answer
      }

      let first = try await keep()
      #expect(try await fromFile().all == first.all)
      #expect(first.status == 0 && first.out.contains("build with it 3"))
      // a file that no parse reads
      try tree.write("SPECS/zip/notes.patch", "one")
      let noted = try await keep()
      try await Command(["sh", "-c", "echo two > \(tree.file("SPECS/zip/notes.patch").string)"]).check()
      #expect(try await fromFile().all == noted.all)
      try await tree.restore()

      let edits: [(String, () throws -> Void)] = [
        (
          "build with it 4",
          { try tree.edit("SPECS/zip/zip.spec", "Summary:", "BuildRequires: liblantern-devel\nSummary:") }
        ),
        (
          "build with it 3",
          {
            try tree.write(
              ".azldev/config.local.toml", tree.read(".azldev/config.local.toml") + "\n# a remark\n")
          }
        ),
        (
          "build with it 2",
          { try manager.removeItem(atPath: tree.file("SPECS/lantern-plugin").string) }
        ),
      ]
      for (expected, edit) in edits {
        _ = try await keep()
        try edit()
        let answer = try await tree.azl(question)
        #expect(answer.out.contains(expected), "\(answer.all)")
        #expect(try await keep().all == answer.all)
        #expect(try await fromFile().all == answer.all)
        try await tree.restore()
      }
      // what is published is not in the index
      #expect(try await tree.azl("graph", "deps", "lantern-plugin").out.contains("gcc (published)"))
      let unknown = try await tree.azl("graph", "rdeps", "liblanter")
      #expect(unknown.status == 2 && unknown.err.contains("nearest: liblantern"))
    }

    @Test func whatAKilledWatchLeavesBehindAnswersNobody() async throws {
      let tree = try DemoTree.current()
      let ended = try await RunningProgram.start(tree, "watch", "--plan", "--json") { watch in
        #expect(await watch.prints(#""event":"affected""#))
        watch.signal(SIGKILL)
      }
      #expect(ended.status != 0)
      #expect(try await tree.azl("affected").out.contains("nothing changed"))
      // and the next watch listens in its place
      _ = try await RunningProgram.start(tree, "watch", "--plan", "--json") { watch in
        #expect(await watch.prints(#""event":"affected""#))
        let answer = try await tree.azl("graph", "rdeps", "liblantern")
        #expect(answer.status == 0, "\(answer.all)")
        watch.signal(SIGINT)
      }
      #expect(!FileManager.default.fileExists(atPath: tree.file(".azldev/watch.socket").string))
    }
  }
}
