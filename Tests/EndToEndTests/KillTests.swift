import Foundation
import Sandbox
import SystemPackage
import TestSupport
import Testing

extension EndToEnd.Trouble {
  /// `kill -9` of whatever reads specs or writes the store, at seeded moments while specs are saved: the answer after
  /// it is that of a workspace that remembers nothing.
  @Suite(.serialized) struct Kill {
    enum Victim: CaseIterable { case watch, workers, affected }

    @Test(arguments: [1, 2] as [UInt64]) func theNextAnswerIsRight(seed: UInt64) async throws {
      var random = SeededGenerator(state: seed)
      try await DemoTree.with { tree in
        let specs = try Host.specs().map { "SPECS/\($0)/\($0).spec" }
        var killed: [Victim: Int] = [:]
        for turn in 0..<10 {
          let victim = Victim.allCases[turn % Victim.allCases.count]
          let moments = (0..<Int.random(in: 1...8, using: &random)).map { _ in
            Moment(spec: specs.randomElement(using: &random)!, using: &random)
          }
          let late = Duration.milliseconds(Int.random(in: 0...150, using: &random))
          killed[victim, default: 0] += try await kill(victim, in: tree, moments, late)
          try await expectAnswerOfNothing(tree, "seed \(seed), kill \(turn) of \(victim)")
        }
        // a question may be answered, and a worker gone, before its moment comes; a watch is always there
        #expect(killed[.watch] == 4)
      }
    }

    /// A save, and the time before it: moments are what is drawn here, nothing waits for anything.
    private struct Moment {
      var spec: String
      var release: Int
      var inPlace: Bool
      var pause: Duration

      init(spec: String, using random: inout SeededGenerator) {
        self.spec = spec
        // the first is the baseline's: some specs change back
        release = Int.random(in: 1...4, using: &random)
        inPlace = Bool.random(using: &random)
        pause = .milliseconds(Int.random(in: 0...120, using: &random))
      }

      func save(in tree: DemoTree) async throws {
        try await Task.sleep(for: pause)
        let text = try tree.read(spec).replacing(/Release: +[0-9]+/, with: "Release:        \(release)")
        try text.write(toFile: tree.file(spec).string, atomically: !inPlace, encoding: .utf8)
      }
    }

    /// How many processes it found to kill; a question may have been answered before.
    private func kill(
      _ victim: Victim, in tree: DemoTree, _ moments: [Moment], _ late: Duration
    ) async throws -> Int {
      switch victim {
      case .affected:
        for moment in moments { try await moment.save(in: tree) }
        let ending = try await RunningProgram.start(tree, "affected", "--json") { program in
          try await Task.sleep(for: late * 4)
          program.signal(SIGKILL)
        }
        return ending.status == 128 + SIGKILL ? 1 : 0
      case .watch:
        let ending = try await RunningProgram.start(tree, "watch", "--plan", "--json") { program in
          for moment in moments { try await moment.save(in: tree) }
          try await Task.sleep(for: late)
          program.signal(SIGKILL)
        }
        #expect(ending.status == 128 + SIGKILL, "\(ending.out)")
        return 1
      case .workers:
        var workers = 0
        let ending = try await RunningProgram.start(tree, "watch", "--plan", "--json") { program in
          try #require(await program.prints(#""event":"affected""#))
          for moment in moments {
            try await moment.save(in: tree)
            for worker in program.descendants(named: "azl-rpm-worker") where Glibc.kill(worker, SIGKILL) == 0
            {
              workers += 1
            }
          }
          // the watch does without them, and starts others
          try await expectAnswerOfNothing(tree, "beside a watch without workers")
          try tree.edit(moments[0].spec, "%description\n", "%description\nA line.\n")
          #expect(await program.prints(#""event":"affected""#))
          program.signal(SIGKILL)
        }
        #expect(ending.status == 128 + SIGKILL, "\(ending.out)")
        return workers
      }
    }

    /// What this workspace answers, and a copy of it without anything that it remembers.
    private func expectAnswerOfNothing(_ tree: DemoTree, _ what: Comment) async throws {
      let copy = DemoTree(path: FilePath(tree.path.string + "-copy"))
      let script = """
        rm -rf "$2"; mkdir -p "$2/.azldev"
        cp -a "$1/SPECS" "$1/imageconfigs" "$1/.git" "$2/"
        cd "$1/.azldev"
        for entry in *; do
          case $entry in
            state.db* | inventory | changes) ;;
            store) cp -al store "$2/.azldev/"; rm -rf "$2/.azldev/store/facts" ;;
            *) cp -a "$entry" "$2/.azldev/" ;;
          esac
        done
        """
      try await Command(["sh", "-e", "-c", script, "sh", tree.path.string, copy.path.string]).check()
      let right = try await copy.azl("affected", "--json")
      let found = try await tree.azl("affected", "--json")
      #expect(right.status == 0, "\(right.err)")
      #expect(found.status == 0, "\(what): \(found.err)")
      #expect(found.out == right.out, what)
      try await Command(["rm", "-rf", copy.path.string]).check()
    }
  }
}
