import AzureLinux
import Foundation
import Storage
import SystemPackage

/// Brings transfers to an end: continues what an earlier run left, tries again what may go better, gives up on the
/// rest. A partial file is taken for whole only when its checksum says so.
struct Fetching: Sendable {
  let downloader: Downloader
  /// Waits between attempts, one more attempt than waits.
  var waits: [Duration] = [.milliseconds(300), .seconds(1), .seconds(3)]
  /// Nothing but `file://` is asked.
  var isOffline = false

  /// The outcome of each transfer; its partial file is whole where that is `.complete`.
  func fetch(_ transfers: [Transfer]) async throws -> [TransferOutcome] {
    var outcomes = [TransferOutcome](repeating: .cancelled, count: transfers.count)
    var open = Array(transfers.indices)
    var wait = waits.makeIterator()
    // transfers whose partial file proved worthless once and was thrown away
    var restarted: Set<Int> = []
    while true {
      open = open.filter { index in
        guard Fetching.isWhole(transfers[index]) else { return true }
        outcomes[index] = .complete
        return false
      }
      if isOffline {
        for index in open where transfers[index].localPath == nil { outcomes[index] = .offline }
        open.removeAll { transfers[$0].localPath == nil }
      }
      let sizes = open.map { Fetching.size(transfers[$0].partial) }
      let results = open.isEmpty ? [] : await downloader.attempt(open.map { transfers[$0] })
      try Task.checkCancellation()

      var again: [Int] = []
      var needsWait = false
      for (index, (before, outcome)) in zip(open, zip(sizes, results)) {
        outcomes[index] = outcome
        if outcome == .complete { continue }
        let partial = transfers[index].partial
        switch outcome {
        case .wrongChecksum, .cannotContinue:
          // going on from what is there cannot end well, but a fresh start may
          unlink(partial.string)
          if before > 0, restarted.insert(index).inserted { again.append(index) }
        case .notFound, .refused:
          // what a server says instead of a file does not belong into it
          if before == 0 { unlink(partial.string) } else { truncate(partial.string, Int(before)) }
        // what cannot be told whole from broken is not gone on with
        case .unreachable where transfers[index].checksum == nil: unlink(partial.string)
        case .complete, .offline, .unreachable, .cancelled, .unwritable, .diskFull: break
        }
        guard outcome.isTransient, transfers[index].isPatient else { continue }
        again.append(index)
        needsWait = true
      }
      guard !again.isEmpty else { return outcomes }
      if needsWait {
        guard let pause = wait.next() else { return outcomes }
        try await Task.sleep(for: pause)
      }
      open = again
    }
  }

  /// An earlier run may have ended between the last byte and the renaming.
  private static func isWhole(_ transfer: Transfer) -> Bool {
    let size = size(transfer.partial)
    guard size > 0, let checksum = transfer.checksum, let expected = Digest(checksum.value) else {
      return false
    }
    if transfer.size > 0, size < transfer.size { return false }
    if (try? Digest.of(file: transfer.partial)) == expected { return true }
    if transfer.size > 0 { unlink(transfer.partial.string) }
    return false
  }

  /// Bytes that may still be written where a file is.
  static func free(at file: FilePath) -> Int64? {
    var status = statvfs()
    guard statvfs(file.string, &status) == 0 else { return nil }
    let blocks = geteuid() == 0 ? status.f_bfree : status.f_bavail
    return Int64(clamping: UInt64(blocks) * UInt64(status.f_frsize))
  }

  /// 0 for a file that is not there.
  static func size(_ file: FilePath) -> Int64 {
    var status = stat()
    return stat(file.string, &status) == 0 ? Int64(status.st_size) : 0
  }
}
