import ArgumentParser
import AzureLinux
import Dispatch
import Foundation
import Synchronization
import Terminal

/// Ctrl-C and SIGTERM cancel the work; what runs is ended in order, nothing half-made stays.
enum Interruption {
  /// Runs a command to its exit code.
  static func run(_ body: @escaping @Sendable () async throws -> Void) async -> Int32 {
    let received = Mutex<Int32?>(nil)
    let task = Task { try await body() }
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let again = received.withLock { seen in
          defer { seen = seen ?? number }
          return seen != nil
        }
        // a second Ctrl-C does not wait for the teardown: what is left ends with this process
        if again {
          TerminalMode.giveBack()
          StatusLine.leave()
          _exit(128 + number)
        }
        task.cancel()
      }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    do {
      try await task.value
      return AzureLinux.ExitCode.success.rawValue
    } catch {
      if let number = received.withLock({ $0 }) {
        StatusLine.leave()
        write("interrupted; what was finished is kept")
        return 128 + number
      }
      return report(error)
    }
  }

  private static func report(_ error: any Error) -> Int32 {
    switch error {
    case let failed as Failed: return failed.code.rawValue
    case let passed as Passed: return passed.code
    case let failure as any Failure:
      write("azl-dev: \(failure.message)")
      if let next = failure.nextStep { write("  \(next)") }
      return failure.exitCode.rawValue
    case is CancellationError: return AzureLinux.ExitCode.interrupted.rawValue
    default:
      if AzlDev.exitCode(for: error).isSuccess {
        FileHandle.standardOutput.write(Data((AzlDev.fullMessage(for: error) + "\n").utf8))
        return AzureLinux.ExitCode.success.rawValue
      }
      if error is ValidationError {
        // the usage of the whole program would say nothing about it
        write("azl-dev: \(AzlDev.message(for: error))")
        return AzureLinux.ExitCode.invalidInput.rawValue
      }
      write("azl-dev: \(error)")
      return AzureLinux.ExitCode.environment.rawValue
    }
  }

  private static func write(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
