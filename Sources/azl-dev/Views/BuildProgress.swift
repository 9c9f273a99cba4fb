import AzureLinux
import Foundation
import Pipeline
import Storage
import Synchronization
import Terminal

/// Turns session and stage events into lines, and keeps the moving line of what runs now.
final class BuildProgress: Sendable {
  private struct Running {
    var since: ContinuousClock.Instant
    var stage: String
    var expected: Double?
  }
  private struct State {
    var goals: Set<String> = []
    var expected: [String: Double] = [:]
    /// Asked for, and why; what they need comes first, then their turn.
    var waiting: [String: String] = [:]
    var running: [String: Running] = [:]
    /// What is no build: an image, a boot, a shell's root.
    var other: (subject: String, Running)?
    var downloads: [String: (received: Int64, total: Int64)] = [:]
    var fetched: (count: Int, bytes: Int64) = (0, 0)
    var code: AzureLinux.ExitCode = .failed
    var ticker: Task<Void, Never>?
    var notices: Set<String> = []

    var isIdle: Bool { running.isEmpty && other == nil }

    mutating func note(_ event: SessionEvent) {
      switch event {
      case .started(let spec, let reason): waiting[spec] = reason
      case .finished(let build): end(build)
      case .failed(let build, let error):
        end(build)
        if let failure = error as? any Failure { code = failure.exitCode }
      case .checked, .cutOff, .verified, .circle: break
      }
    }

    private mutating func end(_ build: BuildReport.Build) {
      waiting[build.spec] = nil
      running[build.spec] = nil
    }

    /// Whether a build that waited begins with this step, why it is made, and how long it took the last time.
    mutating func begin(_ spec: String) -> (reason: String, expected: Double?)? {
      guard let reason = waiting.removeValue(forKey: spec) else { return nil }
      running[spec] = Running(since: .now, stage: "root", expected: expected[spec])
      return (reason, expected[spec])
    }
  }
  static let named = 12
  private let state = Mutex(State())
  let json: Bool
  let status: StatusLine
  private let view: BuildView
  /// Says in its own way what builds do.
  private let watching: WatchEvents?

  init(json: Bool, watching: WatchEvents? = nil) {
    self.json = json
    self.watching = watching
    let style = Style.of(descriptor: 2, environment: ProcessInfo.processInfo.environment)
    status = StatusLine(style: style)
    view = BuildView(style: style)
  }

  var failureCode: AzureLinux.ExitCode { state.withLock { $0.code } }

  func begin(goals: [String], history: History) {
    state.withLock { state in
      state.goals = Set(goals)
      state.expected = history.expected(kind: "build")
    }
  }

  /// Draws again while something runs: nothing moves, and nothing wakes up, in a watch that waits.
  private func tick() {
    state.withLock { state in
      guard state.ticker == nil, !state.isIdle else { return }
      state.ticker = Task { [weak self] in
        repeat {
          try? await Task.sleep(for: .milliseconds(200))
          self?.draw()
        } while !Task.isCancelled && self?.isIdle() == false
      }
    }
  }

  private func isIdle() -> Bool {
    state.withLock { state in
      if state.isIdle { state.ticker = nil }
      return state.isIdle
    }
  }

  /// - Parameter report: of a request whose sum is worth a line.
  func end(_ report: BuildReport? = nil) {
    state.withLock { state in
      state.ticker?.cancel()
      state.ticker = nil
      state.other = nil
    }
    status.show(nil)
    for conflict in report?.conflicts ?? [] { for line in view.conflict(conflict) { status.print(line) } }
    for line in report.map(view.summary) ?? [] { result(line) }
  }

  /// Results are for standard output; with --json the one object there says them all.
  private func result(_ line: String) {
    if json { status.print(line) } else { status.output(line) }
  }

  /// A result that is no build.
  func tell(_ verb: String, _ fact: String) { result(view.style.fact(verb, fact)) }

  // MARK: events

  func session(_ event: SessionEvent) {
    state.withLock { state in state.note(event) }
    if case .started = event { return }
    if case .finished = event { flushFetched() }
    show(event, expected: nil)
    draw()
  }

  private func show(_ event: SessionEvent, expected: Double?) {
    if let watching { return watching.note(.session(event, expected: expected), on: status) }
    switch event {
    case .started(let spec, let reason): status.print(view.started(spec, reason))
    case .finished(let build):
      // of many goals those that stay as they are make no line each
      guard build.result != .upToDate || state.withLock({ $0.goals.count }) <= Self.named else { break }
      for line in view.finished(build) { result(line) }
    case .failed(let build, _): for line in view.failed(build) { status.print(line) }
    case .checked(let spec, let outcome, let isRemembered):
      for line in view.checked(spec, outcome, isRemembered: isRemembered) {
        if [.failed, .noMarker].contains(outcome.verdict) { status.print(line) } else { result(line) }
      }
    case .cutOff(let cut): result(view.cutOff(cut))
    case .verified(let one):
      if one.isRight { result(view.verified(one)) } else { status.print(view.verified(one)) }
    // the failures of one that nothing breaks say it
    case .circle(let circle): if circle.isBroken { for line in view.circle(circle) { status.print(line) } }
    }
  }

  func activity(_ activity: Activity) {
    if case .step(let subject, _) = activity, let begun = state.withLock({ $0.begin(subject) }) {
      show(.started(spec: subject, reason: begun.reason), expected: begun.expected)
    }
    if let watching, watching.isScreen {
      if case .notice(let text) = activity, !state.withLock({ $0.notices.insert(text).inserted }) { return }
      return watching.note(.activity(activity), on: status)
    }
    switch activity {
    case .downloading(let name, let received, let total):
      state.withLock { $0.downloads[name] = (received, total) }
    case .downloaded(let name, let bytes):
      state.withLock { state in
        state.downloads[name] = nil
        state.fetched.count += 1
        state.fetched.bytes += bytes
      }
    case .step(let subject, let step):
      state.withLock { state in
        guard state.running[subject] != nil else {
          let since = state.other.flatMap { $0.subject == subject ? $0.1.since : nil } ?? .now
          state.other = (subject, Running(since: since, stage: step))
          return
        }
        state.running[subject]?.stage = step
        // what it is compared with is without fetching, and without waiting for processors
        if step == "root" { state.running[subject]?.since = .now }
      }
    case .notice(let text):
      if state.withLock({ $0.notices.insert(text).inserted }) { status.print(view.style.fact("Note", text)) }
    }
    draw()
  }

  /// One line for all that was fetched and verified since the last.
  func flushFetched() {
    let fetched = state.withLock { state in
      defer { state.fetched = (0, 0) }
      return state.fetched
    }
    guard fetched.count > 0 else { return }
    status.print(
      view.style.fact(
        "Fetched", "\(Figure.count(fetched.count, "file")), \(Figure.bytes(fetched.bytes)), verified"))
  }

  private func draw() {
    guard status.style.isTerminal, watching?.isScreen != true else { return }
    let text = state.withLock { state -> String? in
      if !state.downloads.isEmpty {
        let received = state.downloads.values.map(\.received).reduce(0, +)
        return "\(status.style.running) fetching \(Figure.count(state.downloads.count, "file"))  "
          + Figure.bytes(state.fetched.bytes + received)
      }
      let builds = state.running.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      let parts = (builds.isEmpty ? state.other.map { [$0] } ?? [] : builds).map { spec, run in
        let elapsed = Double((ContinuousClock.now - run.since) / .milliseconds(1)) / 1000
        let expected = run.expected.map { " of ~\(Figure.clock($0))" } ?? ""
        return "\(status.style.running) \(spec)  \(run.stage)  \(Figure.clock(elapsed))\(expected)"
      }
      return parts.isEmpty ? nil : parts.joined(separator: "   ")
    }
    status.show(text)
    tick()
  }
}

/// Results, on standard output.
enum Output {
  static func json(_ value: some Encodable) throws {
    FileHandle.standardOutput.write(try JSONEncoder.snake.encode(value) + Data([10]))
  }
  static func lines(_ lines: [String]) {
    FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
  }
  static var style: Style { .of(descriptor: 1, environment: ProcessInfo.processInfo.environment) }
}
