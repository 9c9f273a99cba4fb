import Synchronization

/// The first signal that asked the program to end.
final class Interruption: Sendable {
  private let number = Mutex<Int32?>(nil)

  func note(_ signal: Int32) { number.withLock { $0 = $0 ?? signal } }
  var signal: Int32? { number.withLock { $0 } }
}
