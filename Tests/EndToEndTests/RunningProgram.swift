import Foundation
import Sandbox
import Synchronization
import SystemPackage
import Testing

/// The program while it runs: its lines as they come, and signals to it.
final class RunningProgram: Sendable {
  private let pid = Mutex<Int32>(0)
  private let text = Mutex("")
  private let lines: AsyncStream<String>
  private let tree: DemoTree

  private init(_ tree: DemoTree, _ lines: AsyncStream<String>) {
    self.tree = tree
    self.lines = lines
  }

  /// Starts the program and returns how it ended; `body` sees it running, and may return before that.
  static func start(
    _ tree: DemoTree, _ arguments: String..., body: (RunningProgram) async throws -> Void
  ) async throws -> DemoTree.Output {
    let (lines, sink) = AsyncStream<String>.makeStream()
    let program = RunningProgram(tree, lines)
    var command = tree.command(arguments)
    // the shell becomes the program, so that the pid is the program's
    command.arguments = ["sh", "-c", #"echo "$$"; exec "$@""#, "sh"] + command.arguments
    let started = command
    return try await withThrowingTaskGroup(of: Int32.self) { group in
      defer { group.cancelAll() }
      group.addTask {
        let log = try FileDescriptor.open("/dev/null", .writeOnly, options: [.closeOnExec])
        defer {
          sink.finish()
          try? log.close()
        }
        return try await started.run(log: log) { line in
          program.text.withLock { $0 += line + "\n" }
          sink.yield(line)
        }
      }
      var all = lines.makeAsyncIterator()
      let first = await all.next() ?? ""
      program.pid.withLock { $0 = Int32(first) ?? 0 }
      try #require(program.pid.withLock { $0 } > 0)
      try await body(program)
      let status = try await group.next() ?? -1
      return DemoTree.Output(status: status, out: program.text.withLock { $0 }, err: "")
    }
  }

  /// Until the program prints a line with this text; false when it ends before.
  func prints(_ text: String) async -> Bool {
    for await line in lines where line.contains(text) { return true }
    return false
  }

  /// The next line; nil when it has ended.
  func next() async -> String? {
    for await line in lines { return line }
    return nil
  }

  /// Until rpmbuild writes a line with this text: from inside its sandbox nothing else is heard.
  func buildLog(of spec: String, says text: String) async throws -> Bool {
    let folder = tree.file(".azldev/logs").appending(spec).string
    return try await Host.eventually {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.contains { name in
        let log = try? String(contentsOfFile: "\(folder)/\(name)/build.log", encoding: .utf8)
        return log?.contains(text) ?? false
      }
    }
  }

  /// Processes below it that run a program of this name.
  func descendants(named name: String) -> [Int32] {
    var children: [Int32: [Int32]] = [:]
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let id = Int32(entry), let file = FileHandle(forReadingAtPath: "/proc/\(id)/stat"),
        let text = try? file.readToEnd().map({ String(decoding: $0, as: UTF8.self) }),
        // pid (name) state parent …; a name may hold anything
        let parent = text.split(separator: ")").last?.split(separator: " ").dropFirst().first.flatMap({
          Int32($0)
        })
      else { continue }
      children[parent, default: []].append(id)
    }
    var found: [Int32] = []
    var waiting = [pid.withLock { $0 }]
    while let next = waiting.popLast() {
      let below = children[next] ?? []
      found += below
      waiting += below
    }
    return found.filter { id in
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/exe")
      return program?.hasSuffix("/" + name) == true
    }
  }

  func signal(_ number: Int32) { kill(pid.withLock { $0 }, number) }
}
