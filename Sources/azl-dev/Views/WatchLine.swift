import AzureLinux
import Foundation
import Pipeline

/// One line of `watch --json`.
struct WatchLine: Encodable {
  var event: String
  var at = Date.now.ISO8601Format()
  var paths: [String]?
  var changed: [String]?
  /// The nearest; all are counted.
  var dependents: [AffectedReport.Spec]?
  var direct: Int?
  var through: Int?
  var versions: [String: String]?
  var spec: String?
  var reason: String?
  var because: String?
  var message: String?
  var result: String?
  var seconds: Double?
  var count: Int?
  var facts: [String: [String]]?
  var build: BuildReport.Build?
  var report: BuildReport?

  init(event: String) { self.event = event }

  /// nil for what is only a matter of the screen.
  init?(_ news: WatchNews) {
    switch news {
    case .opened: self.init(event: "opened")
    case .loop(let event): self.init(event)
    case .session(let event, _): self.init(event)
    case .follow(let event):
      guard let line = Self.followed(event) else { return nil }
      self = line
    case .facts(let facts):
      self.init(event: "facts")
      self.facts = facts
    case .activity, .mode, .skipped, .helpToggled, .reasonsToggled: return nil
    }
  }

  private init(_ news: WatchEvent) {
    switch news {
    case .saved(let paths):
      event = "saved"
      self.paths = paths
    case .held(let count):
      event = "held"
      self.count = count
    case .affected(let changed, let reach, let seconds):
      event = "affected"
      self.changed = changed
      dependents = reach.nearest
      direct = reach.direct
      through = reach.transitive
      versions = reach.versions
      self.seconds = seconds
    case .abandoned: event = "abandoned"
    case .round(let report):
      event = "round"
      self.report = report
    case .failed(let error):
      event = "failed"
      message = (error as? any Failure)?.message ?? "\(error)"
    }
  }

  private init(_ news: SessionEvent) {
    switch news {
    case .started(let spec, let reason):
      event = "started"
      self.spec = spec
      self.reason = reason
    case .finished(let build):
      event = "finished"
      self.build = build
    case .failed(let build, _):
      event = "build_failed"
      self.build = build
    case .checked(let spec, let outcome, _):
      event = "checked"
      self.spec = spec
      because = outcome.verdict.rawValue
    case .cutOff(let cut):
      event = "cut_off"
      spec = cut.spec
      because = cut.because
    case .verified(let one):
      event = "verified"
      spec = one.spec
      because = one.because
      result = one.isRight ? "passed" : "failed"
    case .circle(let circle):
      event = "circle"
      changed = circle.specs
      message = circle.path.map(\.text).joined(separator: "\n")
    }
  }

  private static func followed(_ news: FollowUpEvent) -> WatchLine? {
    var line = WatchLine(event: news.kind.rawValue)
    switch news {
    case .started, .stopped: return nil
    case .passed(_, let seconds, let fact):
      line.result = "passed"
      line.seconds = seconds
      line.message = fact
    case .failed(_, let seconds, let lines):
      line.result = "failed"
      line.seconds = seconds
      line.message = lines.joined(separator: "\n")
    }
    return line
  }
}

extension JSONEncoder {
  /// One object per line.
  static var lines: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }
}
