import ArgumentParser
import AzureLinux
import Dispatch
import Foundation
import Glibc

/// Answers questions about the tree that a watch follows, from what it has in memory.
final class AnsweringWatch: Sendable {
  private let bench: Workbench
  private let identity: String
  private let socket: WatchSocket
  // because dispatch lets any thread cancel a source, and the library does not say so
  nonisolated(unsafe) private let source: any DispatchSourceRead
  /// Brings what the watch knows up to the present; false when it cannot.
  private let catchUp: @Sendable () async -> Bool
  private let answered: @Sendable () -> Void

  /// Nil where no socket can be made: every question then looks for itself.
  ///
  /// - Parameter answered: after each.
  init?(
    _ bench: Workbench, catchUp: @escaping @Sendable () async -> Bool,
    answered: @escaping @Sendable () -> Void
  ) {
    guard let socket = WatchSocket.listening(bench.workspace) else { return nil }
    self.bench = bench
    self.catchUp = catchUp
    self.answered = answered
    self.socket = socket
    identity = QuestionWire.identity(bench.workspace)
    let queue = DispatchQueue(label: "questions", attributes: .concurrent)
    source = DispatchSource.makeReadSource(fileDescriptor: socket.descriptor, queue: queue)
    source.setEventHandler { [weak self] in self?.accept() }
    source.setCancelHandler { [descriptor = socket.descriptor] in close(descriptor) }
    source.resume()
  }

  /// No more questions.
  func end() {
    unlink(WatchSocket.path(bench.workspace))
    source.cancel()
  }

  private func accept() {
    let descriptor = Glibc.accept(socket.descriptor, nil, nil)
    guard descriptor >= 0 else { return }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let asking = WatchSocket(accepted: descriptor)
    // whoever connects and says nothing keeps one thread for a moment
    asking.limit(seconds: 2)
    guard let request = asking.receive(QuestionWire.Request.self) else {
      close(descriptor)
      return
    }
    Task {
      _ = asking.send(await answer(request))
      close(descriptor)
      answered()
    }
  }

  private func answer(_ request: QuestionWire.Request) async -> QuestionWire.Reply {
    guard request.identity == identity, identity == QuestionWire.identity(bench.workspace),
      let question = try? AzlDev.parseAsRoot(request.words) as? any Question, question.isForWatch,
      await catchUp()
    else { return .refused }
    do {
      let answer = try await question.answer(bench, style: request.style)
      return QuestionWire.Reply(code: answer.code.rawValue, output: Array(answer.output))
    } catch let failure as any Failure {
      let lines = ["azl-dev: \(failure.message)"] + (failure.nextStep.map { ["  \($0)"] } ?? [])
      return QuestionWire.Reply(
        code: failure.exitCode.rawValue, error: lines.map { $0 + "\n" }.joined())
    } catch {
      // the one who asked finds the same and says so in its own way
      return .refused
    }
  }
}
