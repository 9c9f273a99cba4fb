import AzureLinux
import Foundation
import Pipeline

/// What is known of one round of a watch.
struct WatchRound: Sendable {
  enum Cause: Sendable {
    case start
    /// Empty: too many to tell.
    case saved([String])
    case asked
  }
  struct Running: Sendable {
    var name: String
    var since: Date
    var stage: String
    var expected: Double?
    var reason = ""
  }
  struct Group: Sendable {
    var because: String
    var specs: [String]
  }
  enum Verdict: Sendable {
    case report(BuildReport)
    /// The tree is as the baseline, or the watch only plans.
    case nothingToBuild
    case abandoned
    case skipped
    case broken(message: String, next: String?)
  }

  let cause: Cause
  let began: Date
  var ended: Date?
  /// nil: not found yet.
  var changed: [String]?
  var reach = WatchReach([])
  var looked = 0.0
  var facts: [String: [String]] = [:]
  var running: [Running] = []
  var built: [BuildReport.Build] = []
  var upToDate = 0
  var stays: [Group] = []
  var failed: [BuildReport.Build] = []
  var checks: [String: CheckOutcome] = [:]
  var downloads: [String: Int64] = [:]
  var fetched: (count: Int, bytes: Int64) = (0, 0)
  /// A step of nobody's build: a layer being made.
  var step: (subject: String, text: String, since: Date)?
  var follow: [FollowUpEvent] = []
  var verdict: Verdict?

  init(_ cause: Cause, at began: Date) {
    self.cause = cause
    self.began = began
  }

  var isRunning: Bool { !running.isEmpty || step != nil || !downloads.isEmpty }

  /// Of this spec's directory, or file.
  func touches(_ spec: String) -> Bool {
    guard case .saved(let paths) = cause else { return false }
    return paths.isEmpty
      || paths.contains { path in
        let parts = path.split(separator: "/")
        return parts.dropLast().last.map(String.init) == spec || parts.last.map(String.init) == spec
          || parts.last.map(String.init) == spec + ".spec"
      }
  }

  mutating func note(_ news: WatchNews, at now: Date) {
    switch news {
    case .loop(let event): note(event, at: now)
    case .session(let event, let expected): note(event, expected, at: now)
    case .activity(let activity): note(activity, at: now)
    case .follow(let event): note(event, at: now)
    case .facts(let found): facts.merge(found) { _, new in new }
    case .opened, .mode, .skipped, .helpToggled, .reasonsToggled: break
    }
  }

  private mutating func note(_ event: WatchEvent, at now: Date) {
    switch event {
    case .saved, .held: break
    case .affected(let changed, let reach, let seconds):
      self.changed = changed
      self.reach = reach
      looked = seconds
      if changed.isEmpty { end(.nothingToBuild, at: now) }
    case .abandoned: if verdict == nil || isRunning { end(verdict ?? .abandoned, at: now) }
    case .round(let report): end(.report(report), at: now)
    case .failed(let error):
      let failure = error as? any Failure
      end(.broken(message: failure?.message ?? "\(error)", next: failure?.nextStep), at: now)
    }
  }

  mutating func end(_ verdict: Verdict, at now: Date) {
    self.verdict = verdict
    ended = now
    running = []
    downloads = [:]
    step = nil
  }

  private mutating func note(_ event: SessionEvent, _ expected: Double?, at now: Date) {
    switch event {
    case .started(let spec, let reason):
      step = nil
      running.append(Running(name: spec, since: now, stage: "", expected: expected, reason: reason))
    case .finished(let build):
      running.removeAll { $0.name == build.spec }
      if [.built, .restored].contains(build.result) { built.append(build) } else { upToDate += 1 }
    case .failed(let build, _):
      running.removeAll { $0.name == build.spec }
      failed.append(build)
    case .checked(let spec, let outcome, _): checks[spec] = outcome
    case .verified(let one):
      step = nil
      guard !one.isRight else { return }
      var build = BuildReport.Build(spec: one.spec, reason: "left as it is", result: .failed, seconds: 0)
      build.failure = one.failure ?? .init(stage: "", message: one.because)
      failed.append(build)
    case .cutOff(let cut):
      if let place = stays.firstIndex(where: { $0.because == cut.because }) {
        stays[place].specs.append(cut.spec)
      } else {
        stays.append(Group(because: cut.because, specs: [cut.spec]))
      }
    case .circle: break  // one that nothing breaks fails the builds on it
    }
  }

  private mutating func note(_ activity: Activity, at now: Date) {
    switch activity {
    case .downloading(let name, let received, _): downloads[name] = received
    case .downloaded(let name, let bytes):
      downloads[name] = nil
      fetched.count += 1
      fetched.bytes += bytes
    case .step(let subject, let text):
      if let place = running.firstIndex(where: { $0.name == subject }) {
        running[place].stage = text
        // layers are made for builds that wait for their root
        if !running.contains(where: { $0.stage == "root" }) { step = nil }
      } else if let place = running.firstIndex(where: { FollowUpEvent.Kind(rawValue: $0.name) != nil }) {
        running[place].stage = text
      } else if verdict == nil {
        step = (subject, text, now)
      }
    case .notice: break
    }
  }

  private mutating func note(_ event: FollowUpEvent, at now: Date) {
    switch event {
    case .started(let kind, let expected):
      step = nil
      follow.removeAll { $0.kind == kind }
      running.append(Running(name: kind.rawValue, since: now, stage: "", expected: expected))
    case .passed(let kind, _, _), .failed(let kind, _, _), .stopped(let kind):
      running.removeAll { $0.name == kind.rawValue }
      follow.append(event)
      step = nil
    }
  }
}

extension FollowUpEvent {
  var kind: Kind {
    switch self {
    case .started(let kind, _), .passed(let kind, _, _), .failed(let kind, _, _), .stopped(let kind): kind
    }
  }
}
