import Dispatch

/// Tells a lone save, which is answered at once, from the middle of something.
///
/// A file whose writer has closed it, or that was renamed to its name, is whole. One that went may be on its way back:
/// editors move the old file aside and write the new one. One that is new may be what an editor renames over another
/// when it is complete, and is nothing to anybody if so. And where many whole files come in a row, more will come.
struct Settling {
  enum Event {
    /// A new name in a folder.
    case made
    /// Its writer has closed it.
    case closed
    /// It got this name, and took it from whatever had it.
    case arrived
    /// Deleted or moved away.
    case left
    /// Its mode or its times: editors set them before and after they write.
    case attributes
  }

  /// Batches handed over at once within the time that a burst lasts.
  private static let most = 3
  private let burst: UInt64

  /// Of which more may be to come.
  private var open: Set<String> = []
  /// That were not there before this batch.
  private var new: Set<String> = []
  private var gone: Set<String> = []
  private var whole: Set<String> = []
  private var isHeld = false
  private var handedOver: [DispatchTime] = []

  init(burst: DispatchTimeInterval) {
    let now = DispatchTime.now()
    self.burst = (now + burst).uptimeNanoseconds - now.uptimeNanoseconds
  }

  /// - Returns: whether nothing is left of what happened to the file: it came and went within this batch.
  @discardableResult
  mutating func note(_ event: Event, _ path: String) -> Bool {
    switch event {
    case .made:
      if gone.remove(path) == nil, !whole.contains(path) { new.insert(path) }
      open.insert(path)
    case .closed:
      // a new file stays open: where it is what will be renamed, that comes in a moment
      if !new.contains(path) {
        open.remove(path)
        whole.insert(path)
      }
    case .arrived:
      open.remove(path)
      new.remove(path)
      gone.remove(path)
      whole.insert(path)
    case .left:
      whole.remove(path)
      if new.remove(path) != nil {
        open.remove(path)
        return true
      }
      gone.insert(path)
      open.insert(path)
    case .attributes:
      if !whole.contains(path) { open.insert(path) }
    }
    return false
  }

  /// This batch waits until it is quiet: folders are on the move, or git is at work.
  mutating func hold() { isHeld = true }

  /// Whether what is there can go at once; if so, that counts.
  mutating func handOver(at now: DispatchTime = .now()) -> Bool {
    guard open.isEmpty, !isHeld else { return false }
    handedOver.removeAll { $0.uptimeNanoseconds + burst < now.uptimeNanoseconds }
    guard handedOver.count < Self.most else { return false }
    handedOver.append(now)
    return true
  }

  /// The next batch begins.
  mutating func clear() {
    open = []
    new = []
    gone = []
    whole = []
    isHeld = false
  }
}
