import CRPM
import Synchronization

/// The one way into librpm, whose configuration, macros and log are global: one caller at a time.
///
/// No configuration file is read, so that nothing of the host's decides what is read from an RPM or whether its
/// signature holds: an empty set of macros has librpm's own defaults, and what matters is set by hand.
enum Librpm {
  private struct State {
    var isReady = false
  }
  // because librpm's objects belong to whoever made them, each body makes, uses and frees its own under this lock
  private static let turn = Mutex(State())

  static func exclusively<Result: Sendable, Error: Swift.Error>(
    _ body: () throws(Error) -> Result
  ) throws(Error) -> Result {
    try turn.withLock { (state) throws(Error) -> Result in
      if !state.isReady {
        rpmInitCrypto()
        state.isReady = true
      }
      log.withLock { $0 = [] }
      // because modules never print: what librpm has to say ends up in the error
      rpmlogSetCallback(
        { record, _ in
          if let record, rpmlogRecPriority(record).rawValue <= RPMLOG_ERR.rawValue,
            let text = rpmlogRecMessage(record)
          {
            Librpm.log.withLock { $0.append(String(cString: text)) }
          }
          return 0
        }, nil)
      return try body()
    }
  }

  private static let log = Mutex<[String]>([])

  /// What librpm complained about since the present body began.
  static var complaint: String {
    let lines = log.withLock { $0 }
    return lines.map {
      String($0.split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "; "))
    }
    .joined(separator: "; ")
  }
}
