import AzureLinux
import Foundation

/// What an installer's console means. Nothing is ever said to it. A state machine without I/O and without a clock.
package struct InstallDialogue: Sendable {
  package enum Output: Hashable, Sendable {
    /// A complete line, without escape sequences.
    case line(String)
    /// What the installer is doing.
    case reached(String)
    case finished(BootVerdict)
  }

  /// Where the system was put, with the digest of what then was read from there.
  package private(set) var disk: String?
  package private(set) var digest: Digest?
  package private(set) var elapsed = 0.0
  package private(set) var verdict: BootVerdict?
  package var hasHeardTheGuest: Bool { bytes > 0 }

  private let limit: Double
  private var text = ConsoleText()
  private var signs = ConsoleSigns()
  private var bytes = 0
  private var doing = "the installer to start"

  package init(limit: Double) { self.limit = limit }

  package mutating func handle(_ input: GuestDialogue.Input) -> [Output] {
    guard verdict == nil else { return [] }
    switch input {
    case .bytes(let data): return receive(data)
    case .channel: return []
    case .tick(let seconds):
      elapsed = seconds
      return seconds >= limit ? finish(.timeout(waitingFor: doing, lastLines: text.lastLines)) : []
    case .ended(let status):
      return finish(disk == nil ? .machineEnded(status: status, lastLines: text.lastLines) : .passed)
    }
  }

  private mutating func receive(_ data: Data) -> [Output] {
    bytes += data.count
    let (lines, _) = text.append(data)
    var outputs: [Output] = []
    for line in lines {
      outputs.append(.line(line))
      if let start = line.range(of: InstallerPlan.prefix) {
        outputs += read(String(line[start.upperBound...]))
      } else if disk == nil, let verdict = signs.read(line) {
        outputs += finish(verdict)
      }
      if verdict != nil { return outputs }
    }
    if disk == nil, let verdict = signs.glance(text.partialLine) { return outputs + finish(verdict) }
    return bytes > GuestDialogue.mostBytes
      ? outputs + finish(.flood(bytes: GuestDialogue.mostBytes, lastLines: text.lastLines)) : outputs
  }

  private mutating func read(_ words: String) -> [Output] {
    if words.hasPrefix("refused: ") || words.hasPrefix("failed: ") { return finish(.notInstalled(words)) }
    if let found = words.wholeMatch(of: /installed on (\S+), (sha256:[0-9a-f]{64})/) {
      disk = String(found.1)
      digest = Digest(String(found.2))
      // the medium asks for a restart, which ends a machine that may not
      doing = "the machine to restart"
    } else {
      doing = words
    }
    return [.reached(words)]
  }

  private mutating func finish(_ verdict: BootVerdict) -> [Output] {
    self.verdict = verdict
    return [.finished(verdict)]
  }
}
