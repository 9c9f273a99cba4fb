import Terminal
import Testing

@Suite struct LiveFrameTests {
  private let size = LiveFrame.Size(width: 20, height: 6)

  private func screen(_ frames: [(above: [String], lines: [String])]) -> Screen {
    var screen = Screen(width: size.width, height: size.height)
    var shown: [String] = []
    var earlier: [String] = []
    for (above, lines) in frames {
      screen.take(LiveFrame.update(from: shown, to: lines, above: above, earlier: earlier, size: size))
      shown = lines
      earlier += above
    }
    return screen
  }

  @Test func theLastFrameStandsBelowWhatWasPrinted() {
    let screen = screen([
      ([], ["a", "b", "c"]), ([], ["a", "x", "c"]), (["first"], ["a", "y"]), (["second"], ["n", "y", "z"]),
    ])
    #expect(screen.lines == ["first", "second", "n", "y", "z", ""])
    #expect(screen.cursor == (5, 0))
    #expect(screen.unknown == [])
  }

  @Test func whatScrollsAwayIsPrintedOnceAndWhole() {
    let screen = screen((1...9).map { ([String(repeating: "\($0)", count: 5)], ["one", "two"]) })
    #expect(screen.scrolled.map { $0.first } == ["1", "2", "3", "4", "5", "6"])
    #expect(screen.lines == ["77777", "88888", "99999", "one", "two", ""])
  }

  @Test func aLineAsWideAsTheTerminalStaysOneLine() {
    let full = String(repeating: "w", count: 20)
    #expect(
      screen([([], ["top", full, "end"]), ([], ["top", full, "END"])]).lines == ["top", full, "END", ""])
    #expect(screen([([], [full, "end"]), ([], ["short", "end"])]).lines == ["short", "end", ""])
  }

  @Test func onlyWhatDiffersIsWritten() {
    #expect(LiveFrame.update(from: ["a", "b"], to: ["a", "b"], size: size) == "")
    let frame = LiveFrame.update(from: ["head", "old", "foot"], to: ["head", "new", "foot"], size: size)
    #expect(frame == "\u{1B}[?2026h\r\u{1B}[2Anew\u{1B}[K\r\n\r\n\u{1B}[?2026l")
  }

  @Test func anyTwoFramesInARowLeaveTheSecond() {
    var random = SystemRandomNumberGenerator()
    func block() -> [String] {
      (0..<Int.random(in: 0...5, using: &random)).map { _ in
        String(
          repeating: "abc".randomElement(using: &random) ?? "a", count: .random(in: 0...20, using: &random))
      }
    }
    for _ in 0..<2000 {
      let frames = (0..<4).map { _ in (above: Array(block().prefix(2)), lines: block()) }
      let screen = screen(frames)
      let all = screen.scrolled + screen.lines.dropLast()
      #expect(Array(all.suffix(frames[3].lines.count)) == frames[3].lines)
      #expect(
        all.filter { !$0.isEmpty } == (frames.flatMap(\.above) + frames[3].lines).filter { !$0.isEmpty })
    }
  }

  @Test func aSmallerTerminalStartsAgainWithWhatWasPrintedLast() {
    let narrow = LiveFrame.Size(width: 8, height: 5)
    let frame = LiveFrame.update(
      from: ["a line of 17 cell"], to: ["a line…", "b"], earlier: ["one", "two", "three is long"],
      size: narrow)
    var screen = Screen(width: 8, height: 5)
    screen.take("rubbish\r\nrubbish")
    screen.take(frame)
    #expect(screen.lines == ["two", "three i…", "a line…", "b", ""])
  }

  @Test func takenAwayItLeavesTheLinesAbove() {
    var screen = Screen(width: 20, height: 6)
    screen.take(LiveFrame.update(from: [], to: ["x", "y"], above: ["kept"], size: size))
    screen.take(LiveFrame.erase(["x", "y"], size: size))
    #expect(screen.lines == ["kept", ""])
    #expect(LiveFrame.erase([], size: size) == "")
  }
}

@Suite struct CellsTests {
  @Test func widthsAreThoseOfATerminal() {
    #expect(Cells.count("plain") == 5)
    #expect(Cells.count("\u{1B}[32m✓\u{1B}[0m ok") == 4)
    #expect(Cells.count("雪の結晶") == 8)
    #expect(Cells.count("e\u{301}") == 1)
    #expect(Cells.count("⚠️") == 2)
    #expect(Cells.count("") == 0)
  }

  @Test func clippingCountsCellsAndClosesColours() {
    #expect(Cells.clip("exactly", to: 7) == "exactly")
    #expect(Cells.clip("too long", to: 7) == "too lo…")
    #expect(Cells.clip("雪の結晶", to: 6) == "雪の…")
    #expect(Cells.clip("\u{1B}[31mred and long\u{1B}[0m", to: 5) == "\u{1B}[31mred …\u{1B}[0m")
    #expect(Cells.clip("gone", to: 0) == "")
    #expect(Cells.pad("雪", to: 4) == "雪  ")
  }

  @Test func textOfOthersCannotMoveTheCursor() {
    #expect(Cells.harmless("a\u{1B}[2Jb\u{1B}[31mc\u{7}\td\r") == "abc d")
    #expect(Cells.harmless("\u{1B}]0;title\u{7}x") == "]0;titlex")
  }
}
