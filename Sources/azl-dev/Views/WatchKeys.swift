import Pipeline

extension WatchKey {
  func label(_ mode: WatchMode) -> String {
    switch self {
    case .pause: "p \(mode.isPaused ? "resume" : word)"
    case .image where mode.image, .boot where mode.boot: "\(rawValue) \(word) on"
    default: "\(rawValue) \(word)"
    }
  }

  /// Those that do something now; the last one shows all.
  static func shown(_ mode: WatchMode, _ round: WatchRound?) -> [WatchKey] {
    let isLimited = round?.stays.contains { $0.because.hasPrefix("not queued") } ?? false
    return allCases.filter { key in
      switch key {
      case .skip: round?.isRunning ?? false
      case .all: isLimited
      case .again, .image, .boot: !mode.isPlan
      case .pause, .explain, .quit, .help: true
      }
    }
  }
}
