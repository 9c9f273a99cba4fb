import Foundation

/// What goes so that the rest fits a budget: the least recently used, never what is in use.
package enum Eviction {
  package struct Item: Hashable, Sendable {
    package var name: String
    package var bytes: Int64
    package var used: Date
    package var isInUse: Bool

    package init(name: String, bytes: Int64, used: Date, isInUse: Bool) {
      self.name = name
      self.bytes = bytes
      self.used = used
      self.isInUse = isInUse
    }
  }

  /// - Parameter budget: bytes for those that are not in use: what is in use is not what fills a disk by and by.
  /// - Returns: what goes, in the order of its last use.
  package static func choose(_ items: [Item], budget: Int64) -> [Item] {
    let free = items.filter { !$0.isInUse }.sorted { ($0.used, $0.name) < ($1.used, $1.name) }
    var sum = free.map(\.bytes).reduce(0, +)
    var chosen: [Item] = []
    for item in free {
      guard sum > budget else { break }
      chosen.append(item)
      sum -= item.bytes
    }
    return chosen
  }
}
