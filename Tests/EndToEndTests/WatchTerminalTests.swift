import Foundation
import Testing

extension EndToEnd.Building {
  /// The watch as somebody sees it who sits in front of it.
  @Suite(.serialized, .needsTmux) struct WatchTerminal {
    private let spec = "SPECS/liblantern/liblantern.spec"

    @Test func aPauseGathersSavesAndTheScreenTellsTheRound() async throws {
      try await DemoTree.with { tree in
        try await TerminalWindow.with(tree) { window in
          try await window.type("clear; stty -g >before; $AZL watch; echo \"ended $?\"")
          try await window.shows("equal to the baseline: nothing to build")
          try await window.press("p")
          try await window.shows("paused")
          try tree.edit(spec, "- License verified.", "- License verified again.")
          let waiting = try await window.shows("saved file")
          #expect(!waiting.contains("liblantern.spec saved"), "nothing starts: \(waiting)")
          try await window.press("p")
          _ = try await window.shows("✓ liblantern in")
          try await window.press("q")
          let screen = try await window.shows("ended 0")
          #expect(
            masked(screen).components(separatedBy: "\nended").first == """
              T  · equal to the baseline: nothing to build  N ms
              azurelinux 3.0 · baseline HEAD (C) · 18 specs

              T  liblantern.spec saved   1 line changed
                        liblantern changed · 3 direct · 1 through  N ms
                        lantern-app lantern-plugin lantern-static lantern-banner
                        ✓ liblantern  N s 3 RPMs  never built here
                        · 3 stay  liblantern: same as published  lantern-app lantern-plugin lantern-static
              T  ✓ liblantern in N s · 3 stay as they are
              """)
          try await window.type("clear; stty -g | diff before - && echo \"as before\"")
          try await window.shows("as before")
        }
      }
    }

    @Test func aStoppedWatchGivesTheTerminalBackAndReturns() async throws {
      try await DemoTree.with { tree in
        try await TerminalWindow.with(tree) { window in
          try await window.type("clear; stty -g >before; $AZL watch")
          try await window.shows("? keys")
          try await window.press("C-z")
          try await window.shows("Stopped")
          try await window.type("clear; stty -g | diff before - && echo \"as before\"")
          try await window.shows("as before")
          try await window.type("fg")
          let back = try await window.shows("? keys")
          #expect(back.components(separatedBy: "looking at what differs").count == 2, "once: \(back)")
          try await window.resize(width: 40, height: 12)
          let narrow = try await window.shows("azurelinux 3.0                    ? keys")
          #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 40 })
          try await window.press("?")
          try await window.shows("p  pause")
          try await window.press("C-c")
          try await window.shows("interrupted")
          try await window.type("clear; stty -g | diff before - && echo \"as before\"")
          try await window.shows("as before")
        }
      }
    }

    @Test func aFailureIsShownInPlaceUntilItIsMended() async throws {
      try await DemoTree.with { tree in
        try await TerminalWindow.with(tree) { window in
          try await window.type("clear; $AZL watch")
          try await window.shows("equal to the baseline")
          try tree.edit(spec, "%build\n", "%build\necho not today; exit 7\n")
          let failure = try await window.shows("✗ liblantern failed: fix it and save")
          #expect(failure.contains("✗ liblantern %build failed"))
          #expect(failure.contains("again  azl-dev try liblantern"))
          try tree.edit(spec, "%build\necho not today; exit 7\n", "%build\n\n")
          let mended = try await window.shows("✓ liblantern in")
          #expect(mended.contains("✗ liblantern failed: fix it and save"), "the round before, on one line")
          #expect(!mended.contains("again  azl-dev try liblantern"))
        }
      }
    }

    /// Without what differs from run to run.
    private func masked(_ screen: String) -> String {
      screen.replacing(/\d\d:\d\d:\d\d/, with: "T").replacing(/\([0-9a-f]{8}\)/, with: "(C)")
        .replacing(/\d+(\.\d+)? s +/, with: "N s ").replacing(/\d+ ms/, with: "N ms")
    }
  }
}
