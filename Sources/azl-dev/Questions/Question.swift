import ArgumentParser
import AzureLinux
import Foundation
import Terminal

/// A verb that only asks. A watch that runs in the same tree has the answer at hand and gives it; otherwise this process
/// looks at the tree itself. Either way it is the answer for the tree as it is now.
protocol Question: AsyncParsableCommand {
  var common: CommonOptions { get }
  /// Whether the index of the tree is needed.
  var isAboutTheGraph: Bool { get }
  /// Whether a watch may answer: not where files are written or another program draws.
  var isForWatch: Bool { get }
  /// What goes to standard output.
  func answer(_ bench: Workbench, style: Style) async throws -> Answer
}

/// What a question prints, and how it ends.
struct Answer: Sendable {
  var output: Data
  var code: AzureLinux.ExitCode = .success

  static func json(_ value: some Encodable) throws -> Answer {
    Answer(output: try JSONEncoder.snake.encode(value) + Data([10]))
  }
  static func lines(_ lines: [String]) -> Answer {
    Answer(output: Data((lines.joined(separator: "\n") + "\n").utf8))
  }
}

extension Question {
  var isAboutTheGraph: Bool { true }
  var isForWatch: Bool { true }

  func run() async throws {
    if isForWatch, common.settings.isEmpty, let reply = try RunningWatch(common)?.ask(style: Output.style) {
      FileHandle.standardOutput.write(Data(reply.output))
      FileHandle.standardError.write(Data(reply.error.utf8))
      if reply.code != 0 { throw Failed(code: AzureLinux.ExitCode(rawValue: reply.code) ?? .failed) }
      return
    }
    let graph = common.settings.isEmpty ? self as? any GraphQuestion : nil
    let kept = try graph.map { _ in KeptIndex(Workspace(tree: try Tree.find(common.tree))) }
    if let graph, let kept, let answer = try await graph.answerAtOnce(kept, style: Output.style) {
      return try print(answer)
    }
    let bench = try await Workbench.open(
      common, access: .read, progress: BuildProgress(json: common.json), indexed: isAboutTheGraph)
    try print(await answer(bench, style: Output.style))
    await kept?.keep(bench)
  }

  private func print(_ answer: Answer) throws {
    FileHandle.standardOutput.write(answer.output)
    if answer.code != .success { throw Failed(code: answer.code) }
  }
}
