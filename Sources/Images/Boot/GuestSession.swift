import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Carries a dialogue between QEMU's console and the clock.
struct GuestSession: Sendable {
  let name: String
  let command: Command
  let log: FileDescriptor
  let report: ActivityReport
  let line: @Sendable (String) -> Void

  func run(
    _ dialogue: GuestDialogue, since start: ContinuousClock.Instant
  ) async throws -> (GuestDialogue, BootVerdict) {
    let (inputs, feed) = AsyncStream.makeStream(of: GuestDialogue.Input.self)
    let ticking = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .milliseconds(250))
        feed.yield(.tick(seconds(since: start)))
      }
    }
    defer { ticking.cancel() }
    report(.step(subject: name, "starting"))
    let ended = try await command.converse { conversation in
      try await withThrowingTaskGroup(of: (GuestDialogue, BootVerdict?)?.self) { group in
        group.addTask {
          try await conversation.forEachChunk { chunk in
            try log.writeAll(chunk)
            feed.yield(.bytes(chunk))
          }
          feed.finish()
          return nil
        }
        group.addTask { await converse(dialogue, inputs: inputs, with: conversation) }
        defer { group.cancelAll() }
        var outcome = (dialogue, BootVerdict?.none)
        while let finished = try await group.next() {
          guard let finished else { continue }
          outcome = finished
          // the reader ends when QEMU does
          await conversation.end()
        }
        return outcome
      }
    }
    try Task.checkCancellation()
    if let verdict = ended.value.1 { return (ended.value.0, verdict) }
    var last = ended.value.0
    if case .finished(let verdict)? = last.handle(.ended(ended.status)).last, last.hasHeardTheGuest {
      return (last, verdict)
    }
    throw BootError.machineNotStarted(
      status: ended.status, text: ended.errorText.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// No verdict when the console closed before there was one.
  private func converse(
    _ dialogue: GuestDialogue, inputs: AsyncStream<GuestDialogue.Input>, with conversation: Conversation
  ) async -> (GuestDialogue, BootVerdict?) {
    var dialogue = dialogue
    for await input in inputs {
      for output in dialogue.handle(input) {
        switch output {
        case .send(let words):
          // a guest that is gone hears nothing; the console says so next
          try? await conversation.send(words)
        case .line(let text): line(text)
        case .reached(let milestone): report(.step(subject: name, milestone))
        case .finished(let verdict): return (dialogue, verdict)
        }
      }
    }
    return (dialogue, nil)
  }
}
