import AzureLinux

/// What the servers of one file said.
struct ServedFile: Sendable {
  /// One for each server that was asked, in their order.
  var outcomes: [TransferOutcome] = []
  /// The one that gave the file.
  var server: Int?
}

extension Fetching {
  /// Files that several servers may have; for each the same transfer from every one of them, in the order in which they
  /// are asked. A server that is down costs no wait while another may have the file: only when none gave it are those
  /// that may do better asked again, with patience.
  func fetch(_ files: [[Transfer]]) async throws -> [ServedFile] {
    var served = files.map { _ in ServedFile() }
    let depth = files.map(\.count).max() ?? 0
    for isSecondRound in [false, true] {
      for server in 0..<depth {
        let open = files.indices.filter { index in
          guard served[index].server == nil, server < files[index].count else { return false }
          return !isSecondRound || files[index].count > 1 && served[index].outcomes[server].isTransient
        }
        guard !open.isEmpty else { continue }
        let transfers = open.map { index in
          var transfer = files[index][server]
          transfer.isPatient = isSecondRound || files[index].count == 1
          return transfer
        }
        for (index, outcome) in zip(open, try await fetch(transfers)) {
          if isSecondRound {
            served[index].outcomes[server] = outcome
          } else {
            served[index].outcomes.append(outcome)
          }
          if outcome == .complete { served[index].server = server }
        }
      }
    }
    return served
  }
}
