import AzureLinux
import Foundation
import Pipeline
import Synchronization
import Terminal

/// A watch's events on standard output: lines for people, or JSON Lines whose objects carry `event` and `at`.
final class WatchEvents: Sendable {
  private let json: Bool
  private let view: WatchView
  private let failed = Mutex(false)

  init(json: Bool) {
    self.json = json
    view = WatchView(style: Output.style)
  }

  /// Whether the last round failed.
  var hasFailed: Bool { failed.withLock { $0 } }

  private struct Line: Encodable {
    var event: String
    var at = Date.now.ISO8601Format()
    var paths: [String]?
    var specs: [String]?
    var changed: [String]?
    var dependents: [AffectedReport.Spec]?
    var direct: Int?
    var through: Int?
    var spec: String?
    var reason: String?
    var because: String?
    var message: String?
    var seconds: Double?
    var build: BuildReport.Build?
    var report: BuildReport?
  }

  private func write(_ line: Line, on status: StatusLine) {
    guard let data = try? JSONEncoder.lines.encode(line) else { return }
    status.output(String(decoding: data, as: UTF8.self))
  }

  private var time: String { Date.now.formatted(Self.clock) }
  private static let clock = Date.VerbatimFormatStyle(
    format:
      "\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)",
    timeZone: .current, calendar: .current)

  func opened(release: String, baseline: String, specs: Int, on status: StatusLine) {
    if json { return write(Line(event: "opened"), on: status) }
    status.output(view.opening(release: release, baseline: baseline, specs: specs))
  }

  func note(_ event: WatchEvent, on status: StatusLine) {
    switch event {
    case .saved(let paths):
      if json { return write(Line(event: "saved", paths: paths), on: status) }
      status.output(view.saved(paths, at: time))
    case .affected(let changed, let reach, let seconds):
      if json {
        return write(
          Line(
            event: "affected", changed: changed, dependents: reach.nearest, direct: reach.direct,
            through: reach.transitive, seconds: seconds), on: status)
      }
      status.output(view.affected(changed, reach, seconds: seconds))
    case .abandoned:
      if json { write(Line(event: "abandoned"), on: status) }
    case .round(let report):
      failed.withLock { $0 = report.result == .failed }
      if json { return write(Line(event: "round", report: report), on: status) }
      status.output(view.verdict(report, at: time))
    case .failed(let error):
      failed.withLock { $0 = true }
      let failure = error as? any Failure
      let message = failure?.message ?? "\(error)"
      if json { return write(Line(event: "failed", message: message), on: status) }
      status.output("\(time)  \(view.style.fail) \(message)")
      if let next = failure?.nextStep { status.output("            \(next)") }
    }
  }

  /// What a build does within a round. True when it was said here.
  func note(_ event: SessionEvent, on status: StatusLine) -> Bool {
    switch event {
    case .started(let spec, let reason):
      if json { write(Line(event: "started", spec: spec, reason: reason), on: status) }
    case .finished(let build):
      if json {
        write(Line(event: "finished", build: build), on: status)
      } else if let line = view.finished(build) {
        status.output(line)
      }
    case .failed(let build, _):
      guard json else { return false }
      write(Line(event: "build_failed", build: build), on: status)
    case .checked(let spec, let outcome):
      guard json else { return false }
      write(Line(event: "checked", spec: spec, because: outcome.verdict.rawValue), on: status)
    case .cutOff(let cut):
      if json { write(Line(event: "cut_off", spec: cut.spec, because: cut.because), on: status) }
    }
    return true
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
