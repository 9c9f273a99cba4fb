import AzureLinux
import Foundation
import Subprocess
import SystemPackage

/// A program with its exact arguments: what is run, and what is shown so that a person can run it again.
package struct Command: Hashable, Codable, Sendable, CustomStringConvertible {
  package var arguments: [String]
  /// Set on top of the inherited environment, or as the whole of it when `cleanEnvironment`.
  package var environment: [String: String]
  package var cleanEnvironment: Bool
  package var workingDirectory: String?

  package init(
    _ arguments: [String], environment: [String: String] = [:], cleanEnvironment: Bool = false,
    workingDirectory: String? = nil
  ) {
    self.arguments = arguments
    self.environment = environment
    self.cleanEnvironment = cleanEnvironment
    self.workingDirectory = workingDirectory
  }

  /// Ready to paste into a shell.
  package var description: String { arguments.map(Command.quoted).joined(separator: " ") }

  /// `word` as a POSIX shell reads it back.
  package static func quoted(_ word: String) -> String {
    let plain = "+-./:=@_,%^"
    let isPlain = word.unicodeScalars.allSatisfy {
      ($0.isASCII && $0.properties.isAlphabetic) || ("0"..."9").contains($0)
        || plain.unicodeScalars.contains($0)
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}

package enum CommandError: Failure {
  case notFound(program: String)
  case notStarted(program: String, reason: String)
  case failed(command: Command, status: Int32, lastLines: [String])

  package var message: String {
    switch self {
    case .notFound(let program): "program \"\(program)\" is not installed"
    case .notStarted(let program, let reason): "program \"\(program)\" did not start: \(reason)"
    case .failed(let command, let status, let lines):
      (["\"\(command.arguments.first ?? "")\" failed with status \(status)"] + lines).joined(
        separator: "\n  ")
    }
  }
  package var nextStep: String? {
    switch self {
    case .notFound: "azl-dev doctor names the package that provides it"
    case .notStarted: nil
    case .failed(let command, _, _): "again: \(command)"
    }
  }
  package var exitCode: ExitCode { .environment }
}

/// What a finished command left behind.
package struct CommandResult: Sendable {
  /// Exit code, or 128 + signal number.
  package var status: Int32
  package var output: Data
  package var error: Data
  package var isSuccess: Bool { status == 0 }
  package var text: String { String(decoding: output, as: UTF8.self) }
  package var errorText: String { String(decoding: error, as: UTF8.self) }
}

extension Command {
  /// Runs to the end and collects both outputs. Cancelling the task ends the process group: TERM, then KILL.
  /// Throws `CommandError` only when the program cannot be started.
  package func run() async throws -> CommandResult {
    // A number here would be set aside in memory for each running command, and the kernel then refuses to fork.
    let result = try await start {
      try await Subprocess.run($0, input: .none, output: .bytes(limit: .max), error: .bytes(limit: .max))
    }
    try Task.checkCancellation()
    return CommandResult(
      status: Command.code(result.terminationStatus), output: Data(result.standardOutput),
      error: Data(result.standardError))
  }

  /// As `run`, but a status other than 0 throws `CommandError.failed` with the last lines of standard error.
  @discardableResult
  package func check() async throws -> CommandResult {
    let result = try await run()
    guard result.isSuccess else {
      let lines = (result.errorText.isEmpty ? result.text : result.errorText).split(separator: "\n").suffix(
        12)
      throw CommandError.failed(command: self, status: result.status, lastLines: lines.map(String.init))
    }
    return result
  }

  /// Runs with both outputs appended to `log`; `line` sees each line as it comes. Returns the exit status.
  package func run(log: FileDescriptor, line: @Sendable (String) -> Void) async throws -> Int32 {
    let result = try await start {
      try await Subprocess.run(
        $0, input: .none, output: .sequence, error: .combinedWithOutput
      ) { execution in
        var pending = Data()
        for try await chunk in execution.standardOutput {
          let bytes = chunk.withUnsafeBytes { Data($0) }
          try log.writeAll(bytes)
          pending.append(bytes)
          var start = pending.startIndex
          while let end = pending[start...].firstIndex(of: 10) {
            line(String(decoding: pending[start..<end], as: UTF8.self))
            start = pending.index(after: end)
          }
          if start > pending.startIndex { pending = Data(pending[start...]) }
        }
        if !pending.isEmpty { line(String(decoding: pending, as: UTF8.self)) }
      }
    }
    try Task.checkCancellation()
    return Command.code(result.terminationStatus)
  }

  /// Runs on this process's own input and outputs, in its session and process group, so that a shell on a terminal
  /// works as shells do. Returns the exit status.
  package func runInForeground() async throws -> Int32 {
    let result = try await start(createSession: false) {
      try await Subprocess.run(
        $0, input: .currentStandardInput, output: .currentStandardOutput, error: .currentStandardError)
    }
    return Command.code(result.terminationStatus)
  }

  /// Where a program is, as a shell looks for it, and where administrators' programs are. The library would try to
  /// start it in one folder after the other.
  ///
  /// - Parameter path: nil for this process's own.
  package static func find(_ program: String, path: String? = nil) -> String? {
    if program.contains("/") { return program }
    let path = path ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return "\(path):/usr/sbin:/sbin".split(separator: ":").map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  func start<Result>(
    createSession: Bool = true, _ body: (Subprocess.Configuration) async throws -> Result
  ) async throws -> Result {
    let program = arguments.first ?? ""
    guard let found = Self.find(program, path: environment["PATH"]) else {
      throw CommandError.notFound(program: program)
    }
    var options = PlatformOptions()
    // its own session: Ctrl-C reaches azl-dev alone, which then ends the whole group in order
    options.createSession = createSession
    // without a group of its own the program alone is ended; what it started is bound to it
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: createSession, allowedDurationToNextStep: .seconds(3)),
      .send(signal: .kill, toProcessGroup: createSession, allowedDurationToNextStep: .seconds(1)),
    ]
    let keys = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
    let configuration = Subprocess.Configuration(
      executable: .path(FilePath(found)),
      arguments: Arguments(Array(arguments.dropFirst())),
      environment: cleanEnvironment
        ? .custom(Dictionary(uniqueKeysWithValues: keys))
        : .inherit.updating(Dictionary(uniqueKeysWithValues: keys.map { ($0, Optional($1)) })),
      workingDirectory: workingDirectory.map { FilePath($0) },
      platformOptions: options)
    do {
      return try await body(configuration)
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw CommandError.notFound(program: program)
    } catch let error as SubprocessError where error.code == .spawnFailed {
      throw CommandError.notStarted(program: program, reason: error.description)
    }
  }

  static func code(_ status: TerminationStatus) -> Int32 {
    switch status {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    }
  }
}
