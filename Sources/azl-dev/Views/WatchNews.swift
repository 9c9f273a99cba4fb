import AzureLinux
import Pipeline

/// Everything that a watch has to tell, wherever it comes from.
enum WatchNews: Sendable {
  case opened(release: String, baseline: String, specs: Int)
  case loop(WatchEvent)
  /// What differs in changed specs, found after the answer: a line each, `zlib.spec:12  Release 1 → 2`.
  case facts([String: [String]])
  /// With the seconds that a build that begins took the last time.
  case session(SessionEvent, expected: Double?)
  case activity(Activity)
  case follow(FollowUpEvent)
  case mode(WatchMode)
  /// The round under way is to end; the next begins with the next save.
  case skipped
  /// Shows the keys, or the reasons, or hides them again.
  case helpToggled
  case reasonsToggled
}

/// How a watch works just now.
struct WatchMode: Hashable, Sendable {
  var isPlan = false
  var isPaused = false
  /// Refresh the image after a good round.
  var image = false
  /// Boot it, too.
  var boot = false
}

/// What comes after the builds of a round.
enum FollowUpEvent: Sendable {
  enum Kind: String, Sendable { case image, boot }
  case started(Kind, expected: Double?)
  case passed(Kind, seconds: Double, fact: String)
  /// The first line says what; the others show it.
  case failed(Kind, seconds: Double, lines: [String])
  case stopped(Kind)
}

/// What the keys of a watch do.
enum WatchKey: Character, CaseIterable, Sendable {
  case pause = "p"
  case again = "r"
  case skip = "s"
  case all = "a"
  case image = "i"
  case boot = "b"
  case explain = "e"
  case quit = "q"
  case help = "?"

  var word: String {
    switch self {
    case .pause: "pause"
    case .again: "again"
    case .skip: "skip"
    case .all: "all"
    case .image: "image"
    case .boot: "boot"
    case .explain: "explain"
    case .quit: "quit"
    case .help: "keys"
    }
  }

  var meaning: String {
    switch self {
    case .pause: "gather saves, start nothing; again: go on"
    case .again: "build what is changed once more"
    case .skip: "end the builds of this round; the next save begins another"
    case .all: "build all that is affected this once, not only [watch] max_builds"
    case .image: "refresh the image after each good round; again: no more"
    case .boot: "boot the image after each refresh; again: no more"
    case .explain: "why each is built; again: hide"
    case .quit: "end; what was finished is kept"
    case .help: "hide this"
    }
  }
}
