import AzureLinux
import Foundation
import Subprocess
import SystemPackage

/// A running program that is talked to: what is sent arrives on its standard input, its standard output comes in
/// chunks as it is written.
package struct Conversation: Sendable {
  typealias Running = Execution<CustomWriteInput, SequenceOutput, BytesOutput>
  let execution: Running

  package func send(_ text: String) async throws {
    _ = try await execution.standardInputWriter.write(Array(text.utf8))
  }

  /// Ends when the program has closed its output. Only one reader may ask.
  package func forEachChunk(_ body: (Data) async throws -> Void) async throws {
    for try await chunk in execution.standardOutput {
      try await body(chunk.withUnsafeBytes { Data($0) })
    }
  }

  /// Ends the program and everything that it started: its input, TERM, then KILL. Who only waits for the end of its
  /// input goes at once, the first process of a namespace too, which no TERM reaches.
  package func end() async {
    try? await execution.standardInputWriter.finish()
    await execution.teardown(using: [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(3)),
      .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1)),
    ])
  }
}

extension Command {
  /// Runs while `body` talks to the program; when `body` returns or throws, the program is ended.
  package func converse<Value: Sendable>(
    _ body: (Conversation) async throws -> Value
  ) async throws -> (value: Value, status: Int32, errorText: String) {
    let result = try await start { configuration in
      try await Subprocess.run(
        configuration, input: .inputWriter, output: .sequence, error: .bytes(limit: 1 << 20)
      ) { execution -> Swift.Result<Value, any Error> in
        let conversation = Conversation(execution: execution)
        let outcome: Swift.Result<Value, any Error>
        do {
          outcome = .success(try await body(conversation))
        } catch {
          outcome = .failure(error)
        }
        await conversation.end()
        return outcome
      }
    }
    let text = String(decoding: result.standardError, as: UTF8.self)
    return (try result.closureResult.get(), Command.code(result.terminationStatus), text)
  }
}
