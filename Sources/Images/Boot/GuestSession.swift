import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Carries a dialogue between QEMU's console, its channel and the clock.
struct GuestSession: Sendable {
  let name: String
  let command: Command
  let log: ConsoleLog
  let report: ActivityReport
  let line: @Sendable (String) -> Void
  /// Where QEMU will connect its end of the virtio port, and of its own protocol.
  var channel: LocalListener?
  var control: LocalListener?
  /// What is done with the machine first.
  var before: (@Sendable (MachineControl) async throws -> Void)?
  /// What is done with a guest that can be spoken to, after the verdict.
  var after: (@Sendable (BootVerdict, LiveGuest) async throws -> Void)?

  func run(
    _ dialogue: GuestDialogue, since start: ContinuousClock.Instant
  ) async throws -> (GuestDialogue, BootVerdict) {
    let (words, voice) = AsyncStream.makeStream(of: String.self)
    let (tells, telling) = AsyncStream.makeStream(of: GuestDialogue.Output.self)
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    let listener = Listener(dialogue, session: self, start: start, voice: voice, telling: telling, end: end)
    report(.step(subject: name, "starting"))
    await listener.tick()
    let controlling = control.map { control in
      Task { await control.accept().map { MachineControl($0) } }
    }
    let ended = try await command.converse { conversation in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          // one chunk at a time: a guest that writes faster than it is read waits
          defer { end.finish() }
          try await conversation.forEachChunk { try await listener.hear($0) }
          await listener.leave()
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
        if let channel { group.addTask { await converse(listener, tells, on: channel) } }
        if let before {
          group.addTask {
            guard let machine = await controlling?.value else { return }
            do { try await before(machine) } catch { await listener.fail(error) }
          }
        }
        for await _ in ends { break }
        var trouble: (any Error)?
        if let after, let verdict = await listener.verdict, verdict.isFromInside, !Task.isCancelled {
          do {
            try await after(
              verdict,
              LiveGuest(
                machine: await controlling?.value, acceptsSSH: await listener.acceptsSSH,
                say: { voice.yield($0) },
                hear: { await listener.pass(to: $0) },
                gone: listener.gone))
          } catch { trouble = error }
        }
        // the reader ends when QEMU does
        await conversation.end()
        for end in [channel, control] { end?.close() }
        voice.finish()
        telling.finish()
        group.cancelAll()
        try await group.waitForAll()
        if let trouble { throw trouble }
      }
    }
    try Task.checkCancellation()
    return try await listener.outcome(status: ended.status, errorText: ended.errorText)
  }

  private func converse(
    _ listener: Listener, _ tells: AsyncStream<GuestDialogue.Output>, on channel: LocalListener
  ) async {
    guard let socket = await channel.accept() else { return }
    await withTaskGroup { group in
      group.addTask {
        while let data = await socket.receive() { await listener.hearChannel(data) }
      }
      group.addTask {
        for await tell in tells {
          switch tell {
          case .tell(let words): await socket.send(Data(words.utf8))
          case .tellFile(let path):
            guard let file = try? FileHandle(forReadingFrom: URL(filePath: path.string)) else { continue }
            while let chunk = try? file.read(upToCount: 256 << 10), !chunk.isEmpty {
              await socket.send(chunk)
            }
          default: break
          }
        }
        socket.close()
      }
    }
  }
}

/// A guest that has been asked everything and still runs.
package struct LiveGuest: Sendable {
  let machine: MachineControl?
  package let acceptsSSH: Bool
  /// Typed on its console.
  package let say: @Sendable (String) -> Void
  /// From now on gets what comes on its console.
  package let hear: @Sendable (@escaping @Sendable (Data) -> Void) async -> Void
  /// Ends when the machine does.
  package let gone: AsyncStream<Void>
}

/// The one place where the console, the channel and the clock meet.
private actor Listener {
  private var dialogue: GuestDialogue
  private(set) var verdict: BootVerdict?
  private var trouble: (any Error)?
  private var heir: (@Sendable (Data) -> Void)?
  private let session: GuestSession
  private let start: ContinuousClock.Instant
  private let voice: AsyncStream<String>.Continuation
  private let telling: AsyncStream<GuestDialogue.Output>.Continuation
  private let end: AsyncStream<Void>.Continuation
  nonisolated let gone: AsyncStream<Void>
  private let going: AsyncStream<Void>.Continuation

  init(
    _ dialogue: GuestDialogue, session: GuestSession, start: ContinuousClock.Instant,
    voice: AsyncStream<String>.Continuation, telling: AsyncStream<GuestDialogue.Output>.Continuation,
    end: AsyncStream<Void>.Continuation
  ) {
    self.dialogue = dialogue
    self.start = start
    self.session = session
    self.voice = voice
    self.telling = telling
    self.end = end
    (gone, going) = AsyncStream.makeStream()
  }

  func hear(_ chunk: Data) throws {
    // what comes after the verdict is taken from the pipe, for whoever goes on
    guard verdict == nil else {
      heir?(chunk)
      return
    }
    try session.log.write(chunk)
    tick()
    handle(.bytes(chunk))
  }

  func hearChannel(_ chunk: Data) {
    tick()
    handle(.channel(chunk))
  }

  var acceptsSSH: Bool { dialogue.answers.acceptsSSH }

  func pass(to heir: @escaping @Sendable (Data) -> Void) { self.heir = heir }
  func leave() { going.finish() }

  func tick() { handle(.tick(seconds(since: start))) }

  func fail(_ error: any Error) {
    trouble = trouble ?? error
    end.yield()
  }

  private func handle(_ input: GuestDialogue.Input) {
    for output in dialogue.handle(input) {
      switch output {
      case .send(let words): voice.yield(words)
      case .tell, .tellFile: telling.yield(output)
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
    if let trouble { throw trouble }
    if verdict == nil, dialogue.hasHeardTheGuest { handle(.ended(status)) }
    guard let verdict else {
      throw BootError.machineNotStarted(
        status: status, text: errorText.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return (dialogue, verdict)
  }
}

/// The file that gets everything that a guest writes on its console; closed with the last who has it.
final class ConsoleLog: Sendable {
  private let file: FileDescriptor
  init(_ file: FileDescriptor) { self.file = file }
  deinit { try? file.close() }
  func write(_ chunk: Data) throws { try file.writeAll(chunk) }
}
