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
    let (words, voice) = AsyncStream.makeStream(of: String.self)
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let listener = Listener(dialogue, session: self, start: start, voice: voice, end: end)
    report(.step(subject: name, "starting"))
    let ended = try await command.converse { conversation in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          // one chunk at a time: a guest that writes faster than it is read waits
          defer { end.finish() }
          try await conversation.forEachChunk { try await listener.hear($0) }
        }
        group.addTask {
          // a guest that is gone hears nothing; the console says so next
          for await word in words { try? await conversation.send(word) }
        }
        group.addTask {
          while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(250))
            await listener.tick()
          }
        }
        for await _ in ends { break }
        // the reader ends when QEMU does
        await conversation.end()
        voice.finish()
        group.cancelAll()
        try await group.waitForAll()
      }
    }
    try Task.checkCancellation()
    return try await listener.outcome(status: ended.status, errorText: ended.errorText)
  }
}

/// The one place where the console and the clock meet.
private actor Listener {
  private var dialogue: GuestDialogue
  private var verdict: BootVerdict?
  private let session: GuestSession
  private let start: ContinuousClock.Instant
  private let voice: AsyncStream<String>.Continuation
  private let end: AsyncStream<Void>.Continuation

  init(
    _ dialogue: GuestDialogue, session: GuestSession, start: ContinuousClock.Instant,
    voice: AsyncStream<String>.Continuation, end: AsyncStream<Void>.Continuation
  ) {
    self.dialogue = dialogue
    self.start = start
    self.session = session
    self.voice = voice
    self.end = end
  }

  func hear(_ chunk: Data) throws {
    // what comes after the verdict is only taken from the pipe
    guard verdict == nil else { return }
    try session.log.writeAll(chunk)
    tick()
    handle(.bytes(chunk))
  }

  func tick() { handle(.tick(seconds(since: start))) }

  private func handle(_ input: GuestDialogue.Input) {
    for output in dialogue.handle(input) {
      switch output {
      case .send(let words): voice.yield(words)
      case .line(let text): session.line(text)
      case .reached(let milestone): session.report(.step(subject: session.name, milestone))
      case .finished(let verdict):
        self.verdict = verdict
        end.yield()
      }
    }
  }

  /// When the machine is gone.
  func outcome(status: Int32, errorText: String) throws -> (GuestDialogue, BootVerdict) {
    if verdict == nil, dialogue.hasHeardTheGuest { handle(.ended(status)) }
    guard let verdict else {
      throw BootError.machineNotStarted(
        status: status, text: errorText.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return (dialogue, verdict)
  }
}
