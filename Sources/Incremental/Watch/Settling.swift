import Dispatch

/// Tells a lone save, which is answered at once, from the middle of something.
///
/// A file whose writer has closed it, or that was renamed to its name, is whole. One that was made, moved away or
/// deleted may be on its way back: editors do all of these. And where many whole files come in a row, more will come.
struct Settling {
  /// Batches handed over at once within the time that a burst lasts.
  private static let most = 3
  private let burst: UInt64

  /// Paths of which the last word was not that of a whole file.
  private var open: Set<String> = []
  private var handedOver: [DispatchTime] = []

  init(burst: DispatchTimeInterval) {
    let now = DispatchTime.now()
    self.burst = (now + burst).uptimeNanoseconds - now.uptimeNanoseconds
  }

  mutating func note(_ path: String, isWhole: Bool) {
    if isWhole { open.remove(path) } else { open.insert(path) }
  }

  /// Whether what is there can go at once; if so, that counts.
  mutating func handOver(at now: DispatchTime = .now()) -> Bool {
    guard open.isEmpty else { return false }
    handedOver.removeAll { $0.uptimeNanoseconds + burst < now.uptimeNanoseconds }
    guard handedOver.count < Self.most else { return false }
    handedOver.append(now)
    return true
  }

  mutating func clear() { open = [] }
}
