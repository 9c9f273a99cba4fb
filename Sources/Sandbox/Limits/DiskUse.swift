import Foundation
import SystemPackage

/// What folders hold on disk, by du: in the namespace that owns their files, never across a mount.
package enum DiskUse {
  /// Bytes of each folder, in order; a file with several names counts for the first that has it.
  package static func of(_ paths: [FilePath], privilege: Privilege) async -> [Int64] {
    guard !paths.isEmpty else { return [] }
    let command = Command(
      arguments(paths, privilege: privilege), environment: Command.hostEnvironment, cleanEnvironment: true)
    // files that go while it looks make it complain, and count for nothing
    guard let result = try? await command.run() else { return paths.map { _ in 0 } }
    var sizes: [String: Int64] = [:]
    for line in result.text.split(separator: "\n") {
      let cells = line.split(separator: "\t", maxSplits: 1)
      if cells.count == 2, let bytes = Int64(cells[0]) { sizes[String(cells[1])] = bytes }
    }
    return paths.map { sizes[$0.string] ?? 0 }
  }

  static func arguments(_ paths: [FilePath], privilege: Privilege) -> [String] {
    let du = ["du", "--summarize", "--one-file-system", "--block-size=1", "--"] + paths.map(\.string)
    return privilege == .root ? du : privilege.namespace(du)
  }
}

/// Follows how much a build has written, without looking through its files again and again: only when the file system
/// has lost so much that the limit may have been reached, or when others may have hidden that by freeing space.
package struct GrowthWatch {
  private let path: FilePath
  private let limit: Int64
  private let privilege: Privilege
  private var size: Int64 = 0
  private var free: Int64
  private var next = ContinuousClock.now + GrowthWatch.interval
  private static let interval = Duration.seconds(20)

  /// - Parameter limit: bytes.
  package init(_ path: FilePath, limit: Int64, privilege: Privilege) {
    self.path = path
    self.limit = limit
    self.privilege = privilege
    free = (try? DiskSpace(of: path).available) ?? 0
  }

  /// Bytes held, when that is more than the limit.
  package mutating func exceeded() async -> Int64? {
    let now = (try? DiskSpace(of: path).available) ?? free
    guard free - now > limit - size || ContinuousClock.now > next else { return nil }
    size = await DiskUse.of([path], privilege: privilege).first ?? 0
    free = now
    next = .now + Self.interval
    return size > limit ? size : nil
  }
}
