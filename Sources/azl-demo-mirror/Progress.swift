import AzureLinux
import Foundation

/// Progress goes to standard error, a line per event.
enum Progress {
  static let report: ActivityReport = { activity in
    switch activity {
    case .step(let subject, let step):
      write("\(subject.padding(toLength: 12, withPad: " ", startingAt: 0))\(step)")
    case .notice(let text): write(text)
    case .downloaded(let name, let bytes): write("downloaded  \(name), \(bytes / 1_000_000) MB")
    case .downloading: break
    }
  }

  static func write(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
